// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The linear frame buffer, compared in place.
 *
 * <p>Most looks find that nothing has changed, so the speed of the comparison is what counts: vectorised, over whole pages, and over
 * the ends of rows where no padding lies between them. It needs bytes to compare with. For pixels of 32 bits those are the picture
 * itself. A tenant that uses the byte without colour would differ everywhere from a picture where it is zero, and other formats
 * have other bytes; for these a copy of the raw frame is kept. Where bytes differ, the tile's part of that row is taken over, and
 * the tile is marked if a pixel differs as well.
 *
 * <p>A page that the tenant does not have reads as zeros.
 */
final class LinearRenderer {
    private static final int PAGE_SIZE = FrameBufferMemory.PAGE_SIZE;
    private static final MemorySegment NO_PAGE = Arena.global().allocate(PAGE_SIZE, PAGE_SIZE);
    private static final int COLOUR_MASK = 0xffffff;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private final FrameBufferMemory memory;
    private final int[] tile = new int[Picture.TILE_WIDTH];
    private final MemorySegment tileSegment = MemorySegment.ofArray(tile);

    private Frame frame;
    private int[] palette = {};
    /** The raw frame as last seen; the picture itself if {@link #direct}. */
    private MemorySegment reference = MemorySegment.NULL;

    private boolean direct;
    /** Every pixel is converted after the comparison, so that it needs not be within. */
    private boolean repainting;
    /** A byte without colour was not zero, so that this frame is no longer compared with the picture. */
    private boolean usesSpareByte;

    private Canvas canvas;

    /** A frame in memory, in bytes from its start; {@code rowBytes} of each {@code pitch} are shown. */
    private record Frame(
            PixelFormat format, boolean bigEndian, int width, int height, long start, int rowBytes, int pitch) {
        static Frame of(DisplayRegisters registers) {
            PixelFormat format = PixelFormat.ofDepth(registers.dispi(DispiRegisters.DEPTH));
            int width = registers.dispi(DispiRegisters.WIDTH);
            int pitch = registers.dispi(DispiRegisters.VIRTUAL_WIDTH) * format.bytes();
            return new Frame(
                    format,
                    registers.isBigEndian(),
                    width,
                    registers.dispi(DispiRegisters.HEIGHT),
                    (long) registers.dispi(DispiRegisters.Y_OFFSET) * pitch
                            + (long) registers.dispi(DispiRegisters.X_OFFSET) * format.bytes(),
                    width * format.bytes(),
                    pitch);
        }

        boolean isLikePicture() {
            return format == PixelFormat.XRGB_8888 && !bigEndian;
        }

        int tileBytes() {
            return Picture.TILE_WIDTH * format.bytes();
        }
    }

    LinearRenderer(FrameBufferMemory memory) {
        this.memory = memory;
    }

    /** Gives up what was kept for comparison. */
    void forget() {
        frame = null;
        reference = MemorySegment.NULL;
        usesSpareByte = false;
    }

    /** Takes over what differs; the picture may hold anything if {@code anew}. */
    void render(DisplayRegisters registers, Canvas target, boolean anew) {
        canvas = target;
        prepare(Frame.of(registers), anew);
        if (!Arrays.equals(palette, registers.palette())) {
            palette = registers.palette();
            repainting |= frame.format() == PixelFormat.PALETTE_8;
        }
        compareFrame();
        if (repainting) {
            repaint();
        }
    }

    private void prepare(Frame now, boolean anew) {
        boolean moved = !now.equals(frame);
        if (moved) {
            usesSpareByte &= frame != null && now.isLikePicture();
        }
        frame = now;
        boolean wasDirect = direct;
        direct = now.isLikePicture() && !usesSpareByte;
        repainting = !direct && (anew || moved || wasDirect);
        if (direct) {
            reference = canvas.pixels();
        } else {
            long size = (long) now.rowBytes() * now.height();
            if (wasDirect || reference.byteSize() != size) {
                reference = Arena.ofAuto().allocate(size, PAGE_SIZE);
            }
        }
    }

    private void compareFrame() {
        if (frame.pitch() == frame.rowBytes()) {
            compareRun(frame.start(), 0, (long) frame.rowBytes() * frame.height());
            return;
        }
        for (int row = 0; row < frame.height(); row++) {
            compareRun(frame.start() + (long) row * frame.pitch(), (long) row * frame.rowBytes(), frame.rowBytes());
        }
    }

    private void compareRun(long start, long referenceStart, long length) {
        long at = 0;
        while (at < length) {
            long source = start + at;
            int inPage = (int) (source % PAGE_SIZE);
            long count = Math.min(PAGE_SIZE - inPage, length - at);
            long from = referenceStart + at;
            comparePage(pageAt(source), inPage - from, from, from + count);
            at += count;
        }
    }

    private MemorySegment pageAt(long offset) {
        MemorySegment page = offset < memory.size() ? memory.page((int) (offset / PAGE_SIZE)) : null;
        return page == null ? NO_PAGE : page;
    }

    /** Compares a part of a page that lies {@code distance} bytes further in the page than in the reference. */
    private void comparePage(MemorySegment page, long distance, long from, long to) {
        int longs = (int) (to - from) / Long.BYTES;
        long at = isEqual(page, from + distance, reference, from, longs) ? from + longs * Long.BYTES : from;
        while (at < to) {
            long different = MemorySegment.mismatch(page, at + distance, to + distance, reference, at, to);
            if (different < 0) {
                return;
            }
            at += different;
            int row = (int) (at / frame.rowBytes());
            long rowStart = (long) row * frame.rowBytes();
            int column = (int) (at - rowStart) / frame.tileBytes();
            long end = Math.min(rowStart + Math.min((column + 1) * frame.tileBytes(), frame.rowBytes()), to);
            if (direct) {
                takePixels(page, distance, at & -Picture.BYTES_PER_PIXEL, end);
            } else {
                MemorySegment.copy(page, at + distance, reference, at, end - at);
                if (!repainting) {
                    convert(column, row);
                }
            }
            at = end;
        }
    }

    /** Without a way out before the end, since such a loop becomes vector instructions; twice as fast as a search. */
    private static boolean isEqual(
            MemorySegment left, long leftStart, MemorySegment right, long rightStart, int longs) {
        long difference = 0;
        for (int index = 0; index < longs; index++) {
            long offset = (long) index * Long.BYTES;
            difference |= left.get(LONG, leftStart + offset) ^ right.get(LONG, rightStart + offset);
        }
        return difference == 0;
    }

    /** Takes pixels of one tile and row over into the picture. */
    private void takePixels(MemorySegment page, long distance, long from, long to) {
        int spare = 0;
        boolean changed = false;
        for (long at = from; at < to; at += Picture.BYTES_PER_PIXEL) {
            int raw = page.get(Canvas.PIXEL, at + distance);
            int colour = raw & COLOUR_MASK;
            spare |= raw & ~COLOUR_MASK;
            if (reference.get(Canvas.PIXEL, at) != colour) {
                reference.set(Canvas.PIXEL, at, colour);
                changed = true;
            }
        }
        usesSpareByte |= spare != 0;
        if (changed) {
            int pixel = (int) (from / Picture.BYTES_PER_PIXEL);
            canvas.damage(pixel % frame.width(), pixel / frame.width());
        }
    }

    private void repaint() {
        int columns = canvas.picture().columns();
        for (int row = 0; row < frame.height(); row++) {
            for (int column = 0; column < columns; column++) {
                convert(column, row);
            }
        }
    }

    private void convert(int column, int row) {
        int x = column * Picture.TILE_WIDTH;
        int count = Math.min(Picture.TILE_WIDTH, frame.width() - x);
        long offset = (long) row * frame.rowBytes() + (long) x * frame.format().bytes();
        frame.format().convert(reference, offset, frame.bigEndian(), palette, tile, count);
        canvas.draw(x, row, tileSegment, count);
    }
}
