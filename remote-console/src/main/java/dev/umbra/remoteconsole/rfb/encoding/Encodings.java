// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

/** Numbers of encodings and pseudo-encodings as registered with IANA ("RFB Encoding Types"). */
public final class Encodings {
    public static final int RAW = 0;
    public static final int COPY_RECT = 1;
    public static final int HEXTILE = 5;
    public static final int TIGHT = 7;
    public static final int ZRLE = 16;
    public static final int TIGHT_PNG = -260;

    public static final int JPEG_QUALITY_LOWEST = -32;
    public static final int JPEG_QUALITY_HIGHEST = -23;
    public static final int COMPRESSION_LOWEST = -256;
    public static final int COMPRESSION_HIGHEST = -247;

    public static final int DESKTOP_SIZE = -223;
    public static final int LAST_RECT = -224;
    public static final int CURSOR = -239;
    public static final int QEMU_EXTENDED_KEY = -258;
    public static final int QEMU_LED_STATE = -261;
    public static final int DESKTOP_NAME = -307;
    public static final int EXTENDED_DESKTOP_SIZE = -308;
    public static final int XVP = -309;
    public static final int FENCE = -312;
    public static final int CONTINUOUS_UPDATES = -313;
    public static final int VMWARE_LED_STATE = 0x574d5668;
    public static final int EXTENDED_CLIPBOARD = 0xc0a1e5ce;

    private Encodings() {}
}
