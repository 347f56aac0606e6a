// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.cryptomator.jfuse.api.DirFiller;
import org.cryptomator.jfuse.api.Errno;
import org.cryptomator.jfuse.api.FileInfo;
import org.cryptomator.jfuse.api.FuseConfig;
import org.cryptomator.jfuse.api.FuseConnInfo;
import org.cryptomator.jfuse.api.FuseOperations;
import org.cryptomator.jfuse.api.Stat;

/**
 * What the kernel asks of a shadow {@code /proc}. One thread, libfuse's loop, calls it.
 *
 * <p>As with {@code seq_file} in the kernel, the content of an open file is made when it is opened and again at each read
 * from its beginning: {@code top} keeps {@code /proc/stat} open and rewinds it.
 *
 * <p>What breaks it: an exception that leaves an operation, since it ends the whole process. So none does; each becomes an
 * error number and is counted.
 */
final class ProcOperations implements FuseOperations {
    /** Files open at once. */
    static final int MAXIMUM_OPEN = 4096;

    private static final int FNV_ROUND_LIMIT = 4096;

    private final ShadowProc proc;
    private final Errno errno;
    private final Map<Long, byte[]> open = new HashMap<>();
    private long lastHandle;

    ProcOperations(ShadowProc proc, Errno errno) {
        this.proc = proc;
        this.errno = errno;
    }

    @Override
    public Errno errno() {
        return errno;
    }

    @Override
    public Set<Operation> supportedOperations() {
        return EnumSet.of(
                Operation.INIT,
                Operation.GET_ATTR,
                Operation.READLINK,
                Operation.OPEN,
                Operation.READ,
                Operation.RELEASE,
                Operation.READ_DIR);
    }

    @Override
    public void init(FuseConnInfo connection, FuseConfig configuration) {
        guarded(() -> {
            FuseStructures.passNumbersAndReads(configuration);
            return 0;
        });
    }

    @Override
    public int getattr(String path, Stat stat, FileInfo file) {
        return guarded(() -> {
            ProcNode node = find(path);
            if (node == null) {
                return -errno.enoent();
            }
            fill(stat, node, path);
            return 0;
        });
    }

    @Override
    public int readlink(String path, ByteBuffer buffer, long length) {
        return guarded(() -> {
            ProcNode node = find(path);
            if (!(node instanceof ProcNode.Link link)) {
                return node == null ? -errno.enoent() : -errno.einval();
            }
            byte[] target = link.target().getBytes(StandardCharsets.UTF_8);
            buffer.put(target, 0, (int) Math.min(target.length, length - 1)).put((byte) 0);
            return 0;
        });
    }

    @Override
    public int open(String path, FileInfo file) {
        return guarded(() -> {
            if (open.size() >= MAXIMUM_OPEN) {
                return -errno.enomem();
            }
            byte[] content = content(path);
            if (content == null) {
                return -errno.enoent();
            }
            open.put(++lastHandle, content);
            file.setFh(lastHandle);
            return 0;
        });
    }

    @Override
    public int read(String path, ByteBuffer buffer, long count, long offset, FileInfo file) {
        return guarded(() -> {
            byte[] content = open.get(file.getFh());
            if (content == null || offset < 0) {
                return -errno.einval();
            }
            if (offset == 0) {
                byte[] renewed = content(path);
                content = renewed == null ? content : renewed;
                open.put(file.getFh(), content);
            }
            int length = (int) Math.max(0, Math.min(count, content.length - offset));
            if (length > 0) {
                buffer.put(content, (int) offset, length);
            }
            return length;
        });
    }

    @Override
    public int release(String path, FileInfo file) {
        open.remove(file.getFh());
        return 0;
    }

    @Override
    public int readdir(String path, DirFiller filler, long offset, FileInfo file, int flags) {
        return guarded(() -> {
            if (path.equals("/")) {
                proc.renewIfOld();
            }
            if (!(find(path) instanceof ProcNode.Directory directory)) {
                return -errno.enotdir();
            }
            int plus = (flags & FUSE_READDIR_PLUS) == 0 ? 0 : DirFiller.FUSE_FILL_DIR_PLUS;
            filler.fill(".", stat -> fill(stat, directory, path), 0, 0);
            filler.fill("..", stat -> {}, 0, 0);
            String prefix = path.equals("/") ? path : path + '/';
            for (String name : directory.names()) {
                ProcNode child = directory.child(name);
                if (child != null && filler.fill(name, stat -> fill(stat, child, prefix + name), 0, plus) != 0) {
                    break;
                }
            }
            return 0;
        });
    }

    /**
     * Programs look for themselves under their own number, and {@code ps} ends if it is not there. They run on the host,
     * so a number that the tenant does not have shows the first process to whoever has that number in his own pid
     * namespace, and to nobody else.
     */
    private ProcNode find(String path) {
        ProcNode node = proc.find(path);
        if (node != null) {
            return node;
        }
        int end = path.indexOf('/', 1) < 0 ? path.length() : path.indexOf('/', 1);
        String caller = Integer.toString(FuseStructures.caller());
        return path.substring(1, end).equals(caller) && ownNumber(caller).equals(caller)
                ? proc.find("/" + proc.firstProcess() + path.substring(end))
                : null;
    }

    private static String ownNumber(String caller) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", caller, "status"))) {
            return lines.filter(line -> line.startsWith("NSpid:"))
                    .map(line -> line.substring(line.lastIndexOf('\t') + 1))
                    .findFirst()
                    .orElse("");
        } catch (IOException | UncheckedIOException e) {
            return "";
        }
    }

    private byte[] content(String path) {
        return find(path) instanceof ProcNode.Content file ? file.content().get() : null;
    }

    private void fill(Stat stat, ProcNode node, String path) {
        stat.setMode(node.mode());
        stat.setNLink((short) (node instanceof ProcNode.Directory ? 2 : 1));
        stat.setUid(node.owner().user());
        stat.setGid(node.owner().group());
        stat.setSize(node instanceof ProcNode.Link ? 64 : 0);
        FuseStructures.inode(stat, node.inode() != 0 ? node.inode() : inode(path));
        stat.mTime().set(proc.taken());
        stat.cTime().set(proc.taken());
        stat.aTime().set(proc.taken());
    }

    /** The same at each moment, and another for each path: programs that walk directories recognise loops by it. */
    private static long inode(String path) {
        long hash = 0xcbf29ce484222325L;
        for (int index = 0; index < Math.min(path.length(), FNV_ROUND_LIMIT); index++) {
            hash = (hash ^ path.charAt(index)) * 0x100000001b3L;
        }
        return hash >>> 2 | 1L << 61;
    }

    private int guarded(IntSupplier operation) {
        try {
            return operation.getAsInt();
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            proc.failed(e);
            return -errno.eio();
        }
    }
}
