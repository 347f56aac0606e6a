// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;

/** Where an export goes: a stream gets every byte, a file gets holes where there is nothing but zeros. */
sealed interface ExportTarget {
    void write(ByteBuffer bytes) throws IOException;

    void zeros(long length) throws IOException;

    /** Nothing comes any more. */
    void finish() throws IOException;

    static ExportTarget of(WritableByteChannel channel) throws IOException {
        return channel instanceof FileChannel file ? new Sparse(file, file.position()) : new Streamed(channel);
    }

    /** Every byte in its turn. */
    record Streamed(WritableByteChannel channel) implements ExportTarget {
        private static final ByteBuffer ZEROS =
                ByteBuffer.allocateDirect(1 << 16).asReadOnlyBuffer();

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        @Override
        public void zeros(long length) throws IOException {
            for (long left = length; left > 0; left -= ZEROS.capacity()) {
                write(ZEROS.duplicate().limit((int) Math.min(left, ZEROS.capacity())));
            }
        }

        @Override
        public void finish() {}
    }

    /** Zeros move the position only; the last byte is written at the end, if it is missing. */
    final class Sparse implements ExportTarget {
        private final FileChannel file;
        private long position;

        Sparse(FileChannel file, long position) {
            this.file = file;
            this.position = position;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                position += file.write(bytes, position);
            }
        }

        @Override
        public void zeros(long length) {
            position += length;
        }

        @Override
        public void finish() throws IOException {
            if (file.size() < position) {
                file.write(ByteBuffer.allocate(1), position - 1);
            }
            file.position(position);
        }
    }
}
