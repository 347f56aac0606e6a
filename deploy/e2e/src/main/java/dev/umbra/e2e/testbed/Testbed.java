// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.testbed;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/** Where the parts of the running testbed are, and its credentials, as {@code ./umbra up} has left them. */
public final class Testbed {
    /** The tenant VMs. The first has one vCPU, the second two. */
    public static final List<String> VMS = List.of("tenant-a", "tenant-b");

    /** Bytes of output a console keeps. */
    public static final int SCROLL_BACK = 1 << 20;

    private final Path root;
    private final int httpsPort;
    private final int sshPort;
    private final int vncPort;
    private final Properties credentials = new Properties();

    public Testbed(Path root, int httpsPort, int sshPort, int vncPort) {
        this.root = root.toAbsolutePath().normalize();
        this.httpsPort = httpsPort;
        this.sshPort = sshPort;
        this.vncPort = vncPort;
        try (Reader reader = Files.newBufferedReader(state().resolve("credentials"))) {
            credentials.load(reader);
        } catch (IOException missing) {
            throw new UncheckedIOException("no testbed is up below " + this.root + "; run ./umbra up", missing);
        }
    }

    /**
     * The testbed that the system properties {@code umbra.root}, {@code umbra.https.port}, {@code umbra.ssh.port} and
     * {@code umbra.vnc.port} name.
     */
    public static Testbed configured() {
        return new Testbed(
                Path.of(System.getProperty("umbra.root", ".")),
                Integer.getInteger("umbra.https.port", 8443),
                Integer.getInteger("umbra.ssh.port", 2222),
                Integer.getInteger("umbra.vnc.port", 5900));
    }

    public Path root() {
        return root;
    }

    public Path run() {
        return root.resolve(".umbra/run");
    }

    public Path state() {
        return root.resolve(".umbra/state");
    }

    public Path log() {
        return root.resolve(".umbra/log");
    }

    /** Where tests leave what a person may want to look at. */
    public Path artefacts() {
        try {
            return Files.createDirectories(root.resolve(".umbra/artefacts"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public int httpsPort() {
        return httpsPort;
    }

    public int sshPort() {
        return sshPort;
    }

    public int vncPort() {
        return vncPort;
    }

    public Path authority() {
        return state().resolve("appliance/certificates/authority.pem");
    }

    /** Password of an account of the appliance. */
    public String password(String account) {
        return credential(account + ".password");
    }

    /** Account that owns a VM. */
    public String owner(String vm) {
        return credential(vm + ".owner");
    }

    /** User inside a VM. */
    public String user(String vm) {
        return credential(vm + ".user");
    }

    /** Password of the user inside a VM, and of its root. */
    public String userPassword(String vm) {
        return credential(vm + ".password");
    }

    /** A tenant's serial port that the virtualized system serves: the baseline of all comparisons. */
    public Path secondSerialPort(String vm) {
        return run().resolve("l1-com2-" + vm + ".sock");
    }

    /** Where the VNC server comes out that the virtualized system has for a tenant's display. */
    public Path operatorsScreen(String vm) {
        return run().resolve("l1-vnc-" + vm + ".sock");
    }

    private String credential(String key) {
        String value = credentials.getProperty(key);
        if (value == null) {
            throw new IllegalStateException("no credential " + key);
        }
        return value;
    }
}
