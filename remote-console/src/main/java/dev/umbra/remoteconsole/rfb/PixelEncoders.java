// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import dev.umbra.remoteconsole.rfb.encoding.HextileEncoder;
import dev.umbra.remoteconsole.rfb.encoding.RawEncoder;
import dev.umbra.remoteconsole.rfb.encoding.RectangleEncoder;
import dev.umbra.remoteconsole.rfb.encoding.TightEncoder;
import dev.umbra.remoteconsole.rfb.encoding.TightStreams;
import dev.umbra.remoteconsole.rfb.encoding.ZlibStream;
import dev.umbra.remoteconsole.rfb.encoding.ZrleEncoder;

/** The encoders of one client and the compression streams that outlive them. One thread at a time. */
final class PixelEncoders {
    private final TightStreams tightStreams = new TightStreams();
    private ZlibStream zrleStream;

    /** The encoder that settings ask for. */
    RectangleEncoder encoder(ClientSettings settings) {
        return switch (settings.pixelEncoding()) {
            case Encodings.HEXTILE -> new HextileEncoder(settings.format());
            case Encodings.ZRLE -> new ZrleEncoder(zrleStream(), settings.format(), settings.compression());
            case Encodings.TIGHT -> tight(settings, false);
            case Encodings.TIGHT_PNG -> tight(settings, true);
            default -> new RawEncoder(settings.format());
        };
    }

    private RectangleEncoder tight(ClientSettings settings, boolean png) {
        return new TightEncoder(tightStreams, settings.format(), settings.compression(), settings.jpegQuality(), png);
    }

    private ZlibStream zrleStream() {
        if (zrleStream == null) {
            zrleStream = new ZlibStream();
        }
        return zrleStream;
    }
}
