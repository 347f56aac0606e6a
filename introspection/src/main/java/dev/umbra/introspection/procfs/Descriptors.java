// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.view.FileKind;
import dev.umbra.introspection.view.OpenFile;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code /proc/PID/fd} and {@code fdinfo}. In a real {@code /proc} a link of {@code fd} leads to the open file itself, so
 * that {@code stat} of it tells a socket's number although {@code socket:[4711]} is no path. Here such a target is a name
 * beside the link, found but not listed, with the type and number of the socket or pipe.
 */
final class Descriptors {
    private static final int PERMISSIONS = 0777;

    private Descriptors() {}

    static ProcNode.Directory links(ProcNode.Owner owner, List<OpenFile> files) {
        Map<String, OpenFile> descriptors = byNumber(files);
        return new ProcNode.Directory() {
            @Override
            public Owner owner() {
                return owner;
            }

            @Override
            public int mode() {
                return FileType.DIRECTORY | 0500;
            }

            @Override
            public Collection<String> names() {
                return descriptors.keySet();
            }

            @Override
            public ProcNode child(String name) {
                OpenFile file = descriptors.get(name);
                return file != null ? new ProcNode.Link(owner, file.path()) : target(name, files);
            }
        };
    }

    static ProcNode.Directory information(ProcNode.Owner owner, List<OpenFile> files) {
        Listing listing = new Listing(owner);
        byNumber(files).forEach((name, file) -> listing.with(name, () -> information(file)));
        return listing;
    }

    private static Text information(OpenFile file) {
        Text text = new Text();
        text.add("pos:\t").add(file.position()).end();
        text.add("flags:\t0").add(Integer.toOctalString(file.flags())).end();
        text.add("ino:\t").add(Long.toUnsignedString(file.inode())).end();
        return text;
    }

    private static ProcNode target(String name, List<OpenFile> files) {
        for (OpenFile file : files) {
            if (file.path().equals(name)) {
                return new ProcNode.Anonymous(
                        ProcNode.ROOT, type(file.kind()) | file.mode() & PERMISSIONS, file.inode());
            }
        }
        return null;
    }

    private static int type(FileKind kind) {
        return switch (kind) {
            case SOCKET -> FileType.SOCKET;
            case FIFO -> FileType.FIFO;
            case DIRECTORY -> FileType.DIRECTORY;
            case ANONYMOUS -> FileType.REGULAR;
            default -> FileType.REGULAR;
        };
    }

    private static Map<String, OpenFile> byNumber(List<OpenFile> files) {
        Map<String, OpenFile> descriptors = new LinkedHashMap<>();
        files.forEach(file -> descriptors.put(Integer.toString(file.descriptor()), file));
        return descriptors;
    }
}
