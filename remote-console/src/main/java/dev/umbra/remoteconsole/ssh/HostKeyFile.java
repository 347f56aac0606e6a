// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Iterator;
import java.util.Set;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.util.security.SecurityUtils;

/** The server's own key: made once, then kept, never readable by anybody else, not even while it is being written. */
final class HostKeyFile {
    private HostKeyFile() {}

    static KeyPair loadOrCreate(Path file) throws IOException {
        try {
            if (!Files.exists(file)) {
                create(file);
            }
            if (Files.getPosixFilePermissions(file).stream()
                    .anyMatch(permission -> !permission.name().startsWith("OWNER_"))) {
                throw new IOException("the host key " + file + " is readable by others than its owner");
            }
            return load(file);
        } catch (GeneralSecurityException unusable) {
            throw new IOException("the host key " + file + " is unusable", unusable);
        }
    }

    private static KeyPair load(Path file) throws IOException, GeneralSecurityException {
        try (var input = Files.newInputStream(file)) {
            Iterable<KeyPair> keys =
                    SecurityUtils.loadKeyPairIdentities(null, NamedResource.ofName(file.toString()), input, null);
            Iterator<KeyPair> iterator = keys == null ? Set.<KeyPair>of().iterator() : keys.iterator();
            if (!iterator.hasNext()) {
                throw new IOException("the host key " + file + " holds no key");
            }
            return iterator.next();
        }
    }

    private static void create(Path file) throws IOException, GeneralSecurityException {
        KeyPair key = SecurityUtils.getKeyPairGenerator(SecurityUtils.ED25519).generateKeyPair();
        Path directory = file.toAbsolutePath().getParent();
        Files.createDirectories(directory);
        Path fresh = directory.resolve(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (OutputStream output = Channels.newOutputStream(Files.newByteChannel(
                fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly))) {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "umbra", null, output);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
