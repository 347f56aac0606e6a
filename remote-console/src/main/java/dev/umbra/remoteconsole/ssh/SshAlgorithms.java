// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import java.util.List;
import org.apache.sshd.common.BuiltinFactory;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.server.ServerBuilder;
import org.apache.sshd.server.SshServer;

/** What is negotiated: authenticated encryption, elliptic curves, no SHA-1, post-quantum key exchange where both sides have it. */
final class SshAlgorithms {
    private SshAlgorithms() {}

    static void applyTo(SshServer server) {
        server.setKeyExchangeFactories(NamedFactory.setUpTransformedFactories(
                true,
                List.of(
                        BuiltinDHFactories.mlkem768x25519,
                        BuiltinDHFactories.sntrup761x25519,
                        BuiltinDHFactories.sntrup761x25519_openssh,
                        BuiltinDHFactories.curve25519,
                        BuiltinDHFactories.curve25519_libssh,
                        BuiltinDHFactories.ecdhp256,
                        BuiltinDHFactories.ecdhp384,
                        BuiltinDHFactories.ecdhp521),
                ServerBuilder.DH2KEX));
        server.setCipherFactories(BuiltinFactory.setUpFactories(
                true,
                List.of(
                        BuiltinCiphers.aes256gcm,
                        BuiltinCiphers.aes128gcm,
                        BuiltinCiphers.cc20p1305_openssh,
                        BuiltinCiphers.aes256ctr,
                        BuiltinCiphers.aes128ctr)));
        server.setMacFactories(
                BuiltinFactory.setUpFactories(true, List.of(BuiltinMacs.hmacsha256etm, BuiltinMacs.hmacsha512etm)));
        server.setSignatureFactories(BuiltinFactory.setUpFactories(
                true,
                List.of(
                        BuiltinSignatures.ed25519,
                        BuiltinSignatures.nistp256,
                        BuiltinSignatures.nistp384,
                        BuiltinSignatures.nistp521,
                        BuiltinSignatures.sk_ssh_ed25519,
                        BuiltinSignatures.sk_ecdsa_sha2_nistp256,
                        BuiltinSignatures.rsaSHA512,
                        BuiltinSignatures.rsaSHA256)));
        server.setCompressionFactories(List.of(BuiltinCompressions.none));
    }
}
