// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.graphical.Area;
import dev.umbra.remoteconsole.graphical.Move;
import dev.umbra.remoteconsole.rfb.encoding.ByteSink;
import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import dev.umbra.remoteconsole.rfb.encoding.PixelTranslator;
import java.nio.charset.StandardCharsets;

/** The parts of a FramebufferUpdate other than pixels (RFC 6143, sections 7.6.1, 7.7.2 and 7.8, and registered extensions). */
final class UpdateWriter {
    /** Number of rectangles when their end is marked instead. */
    static final int UNTIL_LAST = 0xffff;

    private static final int CURSOR_WIDTH = 5;
    private static final int CURSOR_HEIGHT = 5;
    private static final int CURSOR_CENTRE = 2;
    private static final int WHITE = 0xffffff;

    private UpdateWriter() {}

    static void begin(ByteSink out, int rectangles) {
        out.put(0);
        out.put(0);
        out.putShort(rectangles);
    }

    static void rectangle(ByteSink out, Area area, int encoding) {
        out.putShort(area.x());
        out.putShort(area.y());
        out.putShort(area.width());
        out.putShort(area.height());
        out.putInt(encoding);
    }

    static void last(ByteSink out) {
        rectangle(out, new Area(0, 0, 0, 0), Encodings.LAST_RECT);
    }

    static void copy(ByteSink out, Move move) {
        rectangle(out, move.target(), Encodings.COPY_RECT);
        out.putShort(move.target().x());
        out.putShort(move.sourceY());
    }

    static void desktopSize(ByteSink out, int width, int height) {
        rectangle(out, new Area(0, 0, width, height), Encodings.DESKTOP_SIZE);
    }

    static void extendedDesktopSize(ByteSink out, int reason, int status, int width, int height) {
        rectangle(out, new Area(reason, status, width, height), Encodings.EXTENDED_DESKTOP_SIZE);
        out.putInt(1 << 24);
        out.putInt(0);
        out.putInt(0);
        out.putShort(width);
        out.putShort(height);
        out.putInt(0);
    }

    static void desktopName(ByteSink out, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        rectangle(out, new Area(0, 0, 0, 0), Encodings.DESKTOP_NAME);
        out.putInt(bytes.length);
        out.put(bytes, 0, bytes.length);
    }

    static void extendedKey(ByteSink out) {
        rectangle(out, new Area(0, 0, 0, 0), Encodings.QEMU_EXTENDED_KEY);
    }

    static void qemuLeds(ByteSink out, int leds) {
        rectangle(out, new Area(0, 0, 0, 0), Encodings.QEMU_LED_STATE);
        out.put(leds);
    }

    static void vmwareLeds(ByteSink out, int leds) {
        rectangle(out, new Area(0, 0, 0, 0), Encodings.VMWARE_LED_STATE);
        out.putInt(leds);
    }

    /** A white dot with a black rim, for viewers that show nothing of their own; the tenant draws its pointer itself. */
    static void cursor(ByteSink out, PixelFormat format) {
        rectangle(out, new Area(CURSOR_CENTRE, CURSOR_CENTRE, CURSOR_WIDTH, CURSOR_HEIGHT), Encodings.CURSOR);
        PixelTranslator translator = PixelTranslator.forPixels(format);
        for (int y = 0; y < CURSOR_HEIGHT; y++) {
            for (int x = 0; x < CURSOR_WIDTH; x++) {
                boolean inner = x > 0 && y > 0 && x < CURSOR_WIDTH - 1 && y < CURSOR_HEIGHT - 1;
                out.putPixel(translator.translate(inner ? WHITE : 0), translator.bytes());
            }
        }
        out.put(0b01110000);
        for (int y = 1; y < CURSOR_HEIGHT - 1; y++) {
            out.put(0b11111000);
        }
        out.put(0b01110000);
    }
}
