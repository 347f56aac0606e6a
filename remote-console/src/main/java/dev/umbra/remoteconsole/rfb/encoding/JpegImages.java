// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Writes JPEG files of one quality. */
final class JpegImages {
    private static final float[] QUALITIES = {0.15f, 0.29f, 0.41f, 0.42f, 0.62f, 0.77f, 0.79f, 0.86f, 0.92f, 1f};

    private final float quality;

    /** @param level 0 to 9 */
    JpegImages(int level) {
        quality = QUALITIES[level];
    }

    void write(int[] pixels, int width, int height, ByteSink out) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        image.getRaster().setDataElements(0, 0, width, height, pixels);
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(into(out))) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionQuality(quality);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), parameters);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        } finally {
            writer.dispose();
        }
    }

    private static OutputStream into(ByteSink out) {
        return new OutputStream() {
            @Override
            public void write(int value) {
                out.put(value);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                out.put(bytes, offset, length);
            }
        };
    }
}
