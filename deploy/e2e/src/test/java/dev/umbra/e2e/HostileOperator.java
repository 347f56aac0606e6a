// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import dev.umbra.e2e.testbed.MachineShell;
import dev.umbra.e2e.testbed.Testbed;
import java.time.Duration;

/**
 * Root in L1 who turns his hypervisor against the tenants: by a kernel module in the place where KVM enters a VM, and by a VM of
 * his own that pretends to be one of theirs.
 */
final class HostileOperator implements AutoCloseable {
    /** What the hypervisor takes from one VM for an entry into another. */
    enum Loot {
        ROOT,
        MAP,
        BLOCK
    }

    private static final Duration LONG = Duration.ofMinutes(4);
    private static final String DONE = "/sys/module/test_hypervisor/parameters/done";
    private static final String DECOY = "/tmp/decoy";

    private final MachineShell shell;

    HostileOperator(Testbed testbed) {
        this.shell = MachineShell.ofOperator(testbed);
    }

    /** Makes entries into one VM with what is another's, each left before its first instruction. */
    void enter(String intruder, Loot loot, String victim, int entries) {
        attack(intruder, loot, victim, entries, "");
    }

    /** Lets a processor of one VM run, for one entry, with what is another's. */
    void run(String intruder, Loot loot, String victim) {
        attack(intruder, loot, victim, 1, " run=1");
    }

    private void attack(String intruder, Loot loot, String victim, int entries, String more) {
        shell.run("insmod /modules/test-hypervisor.ko attack=" + loot.name().toLowerCase() + " intruder="
                        + process(intruder) + " victim=" + process(victim) + " entries=" + entries + more)
                .succeeded();
        try {
            shell.run("until [ \"$(cat " + DONE + ")\" = " + entries + " ]; do sleep 0.2; done", LONG)
                    .succeeded();
        } finally {
            shell.run("rmmod test_hypervisor").succeeded();
        }
    }

    private static String process(String vm) {
        return "$(cat /run/tenants/" + vm + ".pid)";
    }

    /**
     * Starts a VM with a tenant's kernel and a copy of the disk that has the tenant's name, passwords and secret.
     *
     * @param seed the disk in L1
     * @param tag a word of its kernel's command line, which it prints and keeps
     */
    void startDecoy(String seed, String tag) {
        shell.run("cat " + seed + " >" + DECOY + ".seed").succeeded();
        shell.run("qemu-system-x86_64 -name decoy -accel kvm -cpu host -smp 1"
                        + " -machine pc,hpet=off,vmport=off,usb=off,smm=off -m 96"
                        + " -display none -nodefaults -no-user-config -monitor none -pidfile " + DECOY + ".pid"
                        + " -serial file:" + DECOY + ".com1 -serial file:" + DECOY + ".com2"
                        + " -kernel /boot/vmlinuz -initrd /boot/initrd.tenant -append 'console=ttyS0 nowatchdog"
                        + " mitigations=off tsc=reliable no_timer_check random.trust_cpu=on 8250.nr_uarts=2 " + tag
                        + "' -drive if=virtio,file=" + DECOY + ".seed,format=raw,readonly=on >" + DECOY
                        + ".log 2>&1 & decoy=$!")
                .succeeded();
    }

    /** What the first serial port of the decoy has put out at its QEMU. */
    String decoysFirstPort() {
        return shell.run("cat " + DECOY + ".com1").succeeded();
    }

    /** Ends it, if there is one. */
    void endDecoy() {
        shell.run("kill $decoy; wait $decoy; rm -f " + DECOY + ".*");
    }

    @Override
    public void close() {
        shell.close();
    }
}
