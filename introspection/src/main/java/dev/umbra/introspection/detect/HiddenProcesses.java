// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.detect.Tasks.Source;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Processes and threads that not all of the kernel's structures know. Where a task has to be follows from its life: a task
 * being made is in nothing yet; one that is ending leaves its control group and its parent first; one that has ended gave its
 * memory back before, so a task with memory that claims to have ended is judged like one that lives.
 */
final class HiddenProcesses implements Detector {
    @Override
    public String name() {
        return "hidden-processes";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.PROCESS_HIDDEN);
    }

    @Override
    public void examine(Examination examination) {
        for (Tasks.Task task : examination.tasks().all()) {
            if (task.idle() || task.beginning() || task.dead() && !task.hasMemory()) {
                continue;
            }
            EnumSet<Source> missing = expected(task);
            missing.removeAll(task.sources());
            if (!missing.isEmpty() || task.foreignTable() != 0) {
                examination.report(sighting(task, missing));
            }
        }
    }

    private static EnumSet<Source> expected(Tasks.Task task) {
        EnumSet<Source> expected = EnumSet.of(Source.PID_TABLE, Source.THREAD_LIST);
        if (task.leader()) {
            expected.add(Source.TASK_LIST);
        }
        if (!task.ending() || task.dead()) {
            expected.add(Source.CONTROL_GROUP);
            if (task.leader()) {
                expected.add(Source.FAMILY);
            }
        }
        return expected;
    }

    private static Sighting sighting(Tasks.Task task, EnumSet<Source> missing) {
        List<Evidence> evidence = new ArrayList<>();
        evidence.add(new Evidence.Text("name", task.name()));
        evidence.add(new Evidence.Text("known to", Sources.text(task.sources())));
        if (!missing.isEmpty()) {
            evidence.add(new Evidence.Text("missing in", Sources.text(missing)));
        }
        if (task.foreignTable() != 0) {
            evidence.add(new Evidence.Address("missing in pid namespace", task.foreignTable()));
        }
        evidence.add(new Evidence.Number("pid", task.pid()));
        evidence.add(new Evidence.Number("tgid", task.tgid()));
        evidence.add(new Evidence.Address("task_struct", task.address()));
        return new Sighting(
                FindingKind.PROCESS_HIDDEN,
                (task.leader() ? "process " : "thread ") + task.pid(),
                FindingKind.PROCESS_HIDDEN.severity(),
                evidence);
    }
}
