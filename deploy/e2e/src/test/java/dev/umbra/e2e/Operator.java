// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import dev.umbra.e2e.terminal.Terminal;
import dev.umbra.e2e.terminal.Transcript;
import dev.umbra.e2e.testbed.MachineShell;
import dev.umbra.e2e.testbed.Pause;
import dev.umbra.e2e.testbed.Testbed;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Root in L1, after the secrets of one tenant VM: traces the port accesses its KVM serves, listens at the serial port of the VM's
 * QEMU, and searches the memory of that process outside the tenant's RAM.
 */
final class Operator implements AutoCloseable {
    /**
     * What was found where, as indexes of the secrets.
     *
     * @param traced in the bytes of traced port accesses
     * @param portsTraced all ports in the trace
     * @param printedOnSerialPort in what QEMU's serial port has put out
     * @param inProcessMemory in QEMU's memory without the tenant's RAM
     * @param inTenantMemory in QEMU's memory with the tenant's RAM
     * @param bytesSearched of memory, without the tenant's RAM
     */
    record Hunt(
            Set<Integer> traced,
            Set<Integer> portsTraced,
            Set<Integer> printedOnSerialPort,
            Set<Integer> inProcessMemory,
            Set<Integer> inTenantMemory,
            long bytesSearched) {}

    private static final String TRACING = "/sys/kernel/tracing";
    private static final Duration HUNT = Duration.ofMinutes(2);
    private static final int HELD_MILLIS = 20;
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(300);
    private static final Pattern ACCESS = Pattern.compile("([rw]) (0x[0-9a-f]+) (0x[0-9a-f]+)");
    private static final Pattern FOUND = Pattern.compile("(?m)^found (\\d+) ");
    private static final Pattern SEARCHED = Pattern.compile("(?m)^searched (\\d+)$");

    private final MachineShell shell;
    private final String vm;
    private final String files;

    Operator(Testbed testbed, String vm) {
        this.shell = MachineShell.ofOperator(testbed);
        this.vm = vm;
        this.files = "/tmp/hunt-" + vm;
        shell.run("exec 7>&-; rm -f " + files + ".*; mkfifo " + files + ".in; exec 7<>" + files + ".in");
        shell.run(
                "socket-terminal /run/tenants/" + vm + ".com1 <" + files + ".in >" + files + ".out 2>&1 & listener=$!");
    }

    void startTracing() {
        shell.run("echo 0 >" + TRACING + "/tracing_on; echo 8192 >" + TRACING + "/buffer_size_kb; echo >" + TRACING
                        + "/trace; echo 1 >" + TRACING + "/events/kvm/kvm_pio/enable; echo 1 >" + TRACING
                        + "/tracing_on")
                .succeeded();
    }

    /** Looks everywhere for the secrets. Only now does the operator's machine learn what to look for. */
    Hunt hunt(String... secrets) {
        shell.run("echo 0 >" + TRACING + "/tracing_on; echo 0 >" + TRACING + "/events/kvm/kvm_pio/enable")
                .succeeded();
        String accesses = shell.run(
                        "sed -n 's/.*pio_\\([rw]\\)[a-z]* at \\(0x[0-9a-f]*\\) size .* val \\(0x[0-9a-f]*\\).*/\\1 \\2 \\3/p' "
                                + TRACING + "/trace",
                        HUNT)
                .output();
        String printed = new String(shell.readFile(files + ".out"), StandardCharsets.ISO_8859_1);
        shell.writeFile(files + ".patterns", String.join("\n", secrets).getBytes(StandardCharsets.ISO_8859_1));
        String process = "$(cat /run/tenants/" + vm + ".pid) " + files + ".patterns";
        String outside = searched(shell.run("memory-hunt " + process, HUNT));
        String inside = searched(shell.run("memory-hunt -a " + process, HUNT));
        Matcher searched = SEARCHED.matcher(outside);
        if (!searched.find()) {
            throw new IllegalStateException(outside);
        }
        shell.run("rm " + files + ".patterns");
        Set<Integer> ports = new TreeSet<>();
        String bytes = tracedBytes(accesses, ports);
        return new Hunt(
                occurring(bytes, secrets),
                ports,
                occurring(printed, secrets),
                found(outside),
                found(inside),
                Long.parseLong(searched.group(1)));
    }

    private static String searched(MachineShell.Result result) {
        if (result.status() > 1) {
            throw new IllegalStateException("the hunt failed: " + result.output());
        }
        return result.output();
    }

    /** The bytes of all accesses, one text per port and direction, then all of a direction in one. */
    private static String tracedBytes(String accesses, Set<Integer> ports) {
        Map<String, StringBuilder> texts = new TreeMap<>();
        Matcher access = ACCESS.matcher(accesses);
        while (access.find()) {
            ports.add(Integer.decode(access.group(2)));
            char low = (char) (Long.decode(access.group(3)) & 0xff);
            texts.computeIfAbsent(access.group(1) + access.group(2), key -> new StringBuilder())
                    .append(low);
            texts.computeIfAbsent(access.group(1), key -> new StringBuilder()).append(low);
        }
        return String.join("\n", texts.values());
    }

    private static Set<Integer> occurring(String text, String... secrets) {
        Set<Integer> found = new TreeSet<>();
        for (int i = 0; i < secrets.length; i++) {
            if (text.contains(secrets[i])) {
                found.add(i);
            }
        }
        return found;
    }

    private static Set<Integer> found(String output) {
        Set<Integer> lines = new TreeSet<>();
        Matcher line = FOUND.matcher(output);
        while (line.find()) {
            lines.add(Integer.parseInt(line.group(1)) - 1);
        }
        return lines;
    }

    /** Types letters and digits on the keyboard of QEMU, which works when the shadow device is switched off. */
    void typeOnKeyboard(String text) {
        StringBuilder commands = new StringBuilder("{\"execute\":\"qmp_capabilities\"}\n");
        text.chars()
                .mapToObj(character -> character == '\n' ? "ret" : Character.toString(character))
                .forEach(key -> commands.append("{\"execute\":\"send-key\",\"arguments\":{\"hold-time\":")
                        .append(HELD_MILLIS)
                        .append(",\"keys\":[{\"type\":\"qcode\",\"data\":\"")
                        .append(key)
                        .append("\"}]}}\n"));
        shell.writeFile(files + ".keys", commands.toString().getBytes(StandardCharsets.US_ASCII));
        shell.run("timeout 5 socket-terminal /run/tenants/" + vm + ".qmp <" + files + ".keys >/dev/null; rm " + files
                + ".keys");
    }

    /** The serial port of QEMU, which works when the shadow device is switched off. */
    Terminal serialPort() {
        return new SerialPort();
    }

    @Override
    public void close() {
        shell.run(
                "kill $listener; exec 7>&-; rm -f " + files + ".*; echo 0 >" + TRACING + "/events/kvm/kvm_pio/enable");
        shell.close();
    }

    private final class SerialPort implements Terminal {
        private final Transcript transcript = new Transcript();
        private final Thread collector =
                Thread.ofVirtual().name("operators-serial-port").unstarted(this::collect);
        private volatile boolean closed;

        SerialPort() {
            collector.start();
        }

        private void collect() {
            int position = shell.readFile(files + ".out").length;
            while (!closed) {
                byte[] more = Base64.getMimeDecoder()
                        .decode(shell.run("tail -c +" + (position + 1) + " " + files + ".out | base64")
                                .succeeded());
                transcript.append(more, 0, more.length);
                position += more.length;
                Pause.of(BETWEEN_LOOKS);
            }
        }

        @Override
        public void type(byte[] characters) {
            ByteArrayOutputStream octal = new ByteArrayOutputStream();
            for (byte character : characters) {
                octal.writeBytes("\\%03o".formatted(character & 0xff).getBytes(StandardCharsets.US_ASCII));
            }
            shell.run("printf '" + octal.toString(StandardCharsets.US_ASCII) + "' >&7")
                    .succeeded();
        }

        @Override
        public Transcript transcript() {
            return transcript;
        }

        @Override
        public void close() {
            closed = true;
            try {
                collector.join();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
