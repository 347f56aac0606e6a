// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import java.lang.foreign.MemorySegment;

/**
 * The screen of a {@link VgaDisplay}, drawn from a copy of its registers and from memory as it is.
 *
 * <p>What was drawn last is remembered, so that a look at a screen that stands still costs a comparison. It is drawn anew for
 * another picture, another size, or another kind of mode.
 */
final class VgaScreen implements Screen {
    private final RegisterFile registers;
    private final MemorySegment planeMemory;
    private final PlaneSnapshot planes = new PlaneSnapshot();
    private final TextRenderer text = new TextRenderer(planes);
    private final PlanarRenderer planar = new PlanarRenderer(planes);
    private final LinearRenderer linear;
    private final Canvas canvas = new Canvas();

    private DisplayRegisters current = new DisplayRegisters(new byte[VgaStateLayout.SIZE]);
    private int currentSequence = 1;
    private DisplayRegisters shown;
    private int generation;

    VgaScreen(RegisterFile registers, MemorySegment planeMemory, FrameBufferMemory frameBuffer) {
        this.registers = registers;
        this.planeMemory = planeMemory;
        linear = new LinearRenderer(frameBuffer);
    }

    @Override
    public void refresh(Picture picture) {
        copyRegisters();
        DisplayRegisters now = current;
        ScanGeometry geometry = now.geometry();
        if (picture.width() != geometry.width() || picture.height() != geometry.height()) {
            picture.resize(geometry.width(), geometry.height());
        }
        boolean otherPicture = picture != canvas.picture() || picture.generation() != generation;
        boolean anew = otherPicture || shown == null || shown.kind() != now.kind();
        boolean otherLook = anew || !now.looksLike(shown);
        if (otherPicture) {
            canvas.open(picture);
            generation = picture.generation();
        }
        if (now.kind() != DisplayRegisters.Kind.LINEAR) {
            linear.forget();
        }
        switch (now.kind()) {
            case BLANK -> {
                if (anew) {
                    canvas.clear();
                }
            }
            case TEXT -> {
                if (planes.update(planeMemory) || otherLook || now != shown) {
                    text.render(now, canvas, otherLook);
                }
            }
            case PLANAR -> {
                if (planes.update(planeMemory) || otherLook) {
                    planar.render(now, canvas, otherLook);
                }
            }
            case LINEAR -> linear.render(now, canvas, anew);
        }
        shown = now;
    }

    /** Keeps what there is if the registers change too fast to be copied. */
    private void copyRegisters() {
        if (registers.sequence() == currentSequence) {
            return;
        }
        byte[] bytes = new byte[VgaStateLayout.SIZE];
        int sequence = registers.copyTo(bytes);
        if ((sequence & 1) == 0) {
            current = new DisplayRegisters(bytes);
            currentSequence = sequence;
        }
    }
}
