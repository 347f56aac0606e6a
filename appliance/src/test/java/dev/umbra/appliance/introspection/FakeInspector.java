// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.appliance.introspection.Inspector.Inspection;
import dev.umbra.cloudhypervisor.TenantVmKey;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** Sees in each VM what the test says. */
public final class FakeInspector implements InspectorFactory {
    /** What is seen of a VM. */
    public static final class Scene {
        private final Map<Section, SectionFacts> sections = new EnumMap<>(Section.class);
        private volatile Inspection answer;
        private volatile Inspector.Detection detection;
        private volatile Semaphore gate = new Semaphore(Integer.MAX_VALUE);

        public synchronized void show(Section section, List<Gap> gaps, Fact... facts) {
            sections.put(section, new SectionFacts(List.of(facts), gaps));
        }

        /** Answers like this from now on. */
        public void answer(Inspection always) {
            answer = always;
        }

        /** Finds this from now on. */
        public void find(Inspector.Detection found) {
            detection = found;
        }

        /** Each step of a scan waits for a permit from now on. */
        public Semaphore stepByStep() {
            gate = new Semaphore(0);
            return gate;
        }

        private synchronized SectionFacts seen(Section section) {
            return sections.getOrDefault(section, new SectionFacts(List.of(), List.of()));
        }
    }

    public static final KernelIdentity KERNEL = new KernelIdentity("6.1.0-fake", "00112233");

    private final Map<Target, Scene> scenes = new ConcurrentHashMap<>();

    public Scene scene(TenantVmKey vm) {
        return scene(new Target.Tenant(vm));
    }

    public Scene scene(Target target) {
        return scenes.computeIfAbsent(target, any -> new Scene());
    }

    @Override
    public Inspector inspector(Target target) {
        return (request, watcher) -> inspect(scene(target), request, watcher);
    }

    private static Inspection inspect(Scene scene, ScanRequest request, Inspector.Watcher watcher) {
        if (scene.answer != null) {
            return scene.answer;
        }
        Map<Section, SectionFacts> seen = new EnumMap<>(Section.class);
        watcher.step("kernel");
        for (Section section : request.sections().stream().sorted().toList()) {
            watcher.step(section.name().toLowerCase());
            scene.gate.acquireUninterruptibly();
            SectionFacts facts = scene.seen(section);
            seen.put(section, facts);
            watcher.saw(facts.facts().size());
        }
        Duration pause = request.mode() == ScanMode.PAUSED ? Duration.ofNanos(1_500_000) : Duration.ZERO;
        return new Inspection.Seen(
                KERNEL, seen, pause, Optional.ofNullable(request.detection() ? scene.detection : null));
    }

    /** A process with little about it. */
    public static Fact.Process process(int pid, String name, long residentSize) {
        return new Fact.Process(
                pid,
                1,
                name,
                "sleeping",
                false,
                1,
                1000L + pid,
                new Fact.Credentials(0, 0, 0, 0, 0, 0, 0, 0, List.of(), "0x0", "0x0"),
                List.of("/usr/sbin/" + name, "-D"),
                "/usr/sbin/" + name,
                pid,
                pid,
                null,
                "/",
                Map.of("pid", 4026531836L),
                5,
                6,
                1 << 20,
                residentSize);
    }

    /** A module with little about it. */
    public static Fact.Module module(String name) {
        return new Fact.Module(name, "0xffffffffc0a10000", 16384, "live", 0, List.of(), null, null, true);
    }

    /** A file that is open. */
    public static Fact.OpenFile file(int pid, int fd, String path) {
        return new Fact.OpenFile(pid, fd, "regular", path, "0x8002", 0, 42, "254:1");
    }
}
