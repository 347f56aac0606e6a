// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Rights that came from nowhere. The kernel never writes to credentials in use: it makes new ones ({@code kernel/cred.c}). So
 * some things cannot be, whatever programs do, and others cannot become:
 * <ul>
 *   <li>the real user and the account that pays for him are always the same user;
 *   <li>no program runs on the credentials of the first task, which kernel threads share;
 *   <li>credentials have at least as many references as there are tasks that refer to them;
 *   <li>without executing a file and without the right to change users, a task never becomes root, and never gains a capability.
 * </ul>
 */
final class CredentialChanges implements Detector {
    /** A task, for as long as it lives and executes one file. */
    private record Life(long task, int pid, long started, long executions) {}

    private record Rights(int real, int effective, int saved, long permitted, long userNamespace) {
        boolean mayBecomeRoot() {
            return real == 0 || effective == 0 || saved == 0 || (permitted & CAP_SETUID) != 0;
        }
    }

    private record Seen(Map<Long, Integer> references, Map<Life, Rights> rights) {}

    private record Kept(Map<Life, Rights> rights) {}

    private static final long CAP_SETUID = 1 << 7;

    @Override
    public String name() {
        return "credentials";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.CREDENTIALS_CHANGED);
    }

    @Override
    public void examine(Examination examination) {
        Map<Life, Rights> before =
                examination.previous(Kept.class).map(Kept::rights).orElse(Map.of());
        Seen seen = new Seen(new HashMap<>(), new HashMap<>());
        for (Tasks.Task task : examination.tasks().all()) {
            if (!task.idle() && !task.dead()) {
                examination.reading().part("task_struct.cred", () -> task(examination, task, before, seen));
            }
        }
        seen.references().forEach((credentials, references) -> count(examination, credentials, references));
        examination.keep(new Kept(Map.copyOf(seen.rights())));
    }

    private static void task(Examination examination, Tasks.Task task, Map<Life, Rights> before, Seen seen) {
        Reading reading = examination.reading();
        AddressSpace memory = examination.memory();
        long objective = reading.pointer(task.address(), reading.offset("task_struct", "real_cred"));
        long subjective = reading.pointer(task.address(), reading.offset("task_struct", "cred"));
        seen.references().merge(objective, 1, Integer::sum);
        seen.references().merge(subjective, 1, Integer::sum);
        if (!task.hasMemory()) {
            return;
        }
        if (objective == examination.profile().requireSymbol("init_cred")) {
            report(examination, task, "credentials of the first task", objective);
            return;
        }
        Rights rights = rights(reading, objective);
        int account = memory.u32(
                reading.pointer(objective, reading.offset("cred", "user")) + reading.offset("user_struct", "uid"));
        if (account != rights.real()) {
            report(
                    examination,
                    task,
                    "user " + Integer.toUnsignedString(rights.real()) + " on the account of user "
                            + Integer.toUnsignedString(account),
                    objective);
        }
        Life life = new Life(
                task.address(),
                task.pid(),
                memory.u64(task.address() + reading.offset("task_struct", "start_boottime")),
                examination.profile().field("task_struct", "self_exec_id").read(memory, task.address()));
        Rights earlier = before.get(life);
        if (earlier != null && gained(earlier, rights)) {
            report(
                    examination,
                    task,
                    "was user " + Integer.toUnsignedString(earlier.effective()) + " with capabilities 0x"
                            + Long.toHexString(earlier.permitted()),
                    objective);
        }
        seen.rights().put(life, earlier != null && gained(earlier, rights) ? earlier : rights);
    }

    private static boolean gained(Rights before, Rights now) {
        if (before.userNamespace() != now.userNamespace()) {
            return false;
        }
        boolean root = now.real() == 0 || now.effective() == 0 || now.saved() == 0;
        return root && !before.mayBecomeRoot() || (now.permitted() & ~before.permitted()) != 0;
    }

    private static Rights rights(Reading reading, long credentials) {
        AddressSpace memory = reading.memory();
        return new Rights(
                memory.u32(credentials + reading.offset("cred", "uid")),
                memory.u32(credentials + reading.offset("cred", "euid")),
                memory.u32(credentials + reading.offset("cred", "suid")),
                memory.u64(credentials + reading.offset("cred", "cap_permitted")),
                reading.pointer(credentials, reading.offset("cred", "user_ns")));
    }

    private static void count(Examination examination, long credentials, int references) {
        try {
            long usage = examination.profile().field("cred", "usage.counter").read(examination.memory(), credentials);
            if (usage < references) {
                examination.report(new Sighting(
                        FindingKind.CREDENTIALS_CHANGED,
                        "credentials 0x" + Long.toHexString(credentials),
                        new Evidence.Text("why", "more tasks refer to them than they count"),
                        new Evidence.Number("references", references),
                        new Evidence.Number("counted", usage)));
            }
        } catch (Unreadable hole) {
            examination.gap(Reason.UNREADABLE, "cred", hole.address());
        }
    }

    private static void report(Examination examination, Tasks.Task task, String why, long credentials) {
        examination.report(new Sighting(
                FindingKind.CREDENTIALS_CHANGED,
                (task.leader() ? "process " : "thread ") + task.pid(),
                new Evidence.Text("name", task.name()),
                new Evidence.Text("why", why),
                new Evidence.Number(
                        "uid",
                        examination
                                .memory()
                                .u32(credentials + examination.profile().offset("cred", "uid"))),
                new Evidence.Address("cred", credentials)));
    }
}
