// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import dev.umbra.remoteconsole.rfb.encoding.HextileEncoder;
import dev.umbra.remoteconsole.rfb.encoding.RawEncoder;
import dev.umbra.remoteconsole.rfb.encoding.RectangleEncoder;
import dev.umbra.remoteconsole.rfb.encoding.ZlibStream;
import dev.umbra.remoteconsole.rfb.encoding.ZrleEncoder;

/** The encoders of one client and the compression streams that outlive them. One thread at a time. */
final class PixelEncoders implements AutoCloseable {
    private ZlibStream zrleStream;

    /** The encoder that settings ask for. */
    RectangleEncoder encoder(ClientSettings settings) {
        return switch (settings.pixelEncoding()) {
            case Encodings.HEXTILE -> new HextileEncoder(settings.format());
            case Encodings.ZRLE -> new ZrleEncoder(zrleStream(), settings.format(), settings.compression());
            default -> new RawEncoder(settings.format());
        };
    }

    @Override
    public void close() {
        if (zrleStream != null) {
            zrleStream.close();
        }
    }

    private ZlibStream zrleStream() {
        if (zrleStream == null) {
            zrleStream = new ZlibStream();
        }
        return zrleStream;
    }
}
