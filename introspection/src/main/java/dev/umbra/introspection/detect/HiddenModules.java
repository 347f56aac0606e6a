// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import java.util.EnumSet;
import java.util.Set;

/**
 * Modules that not all of the kernel's structures know. A module that is live is in all of them; while it is loaded or removed
 * it is in some, and is not judged.
 */
final class HiddenModules implements Detector {
    @Override
    public String name() {
        return "hidden-modules";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.MODULE_HIDDEN);
    }

    @Override
    public void examine(Examination examination) {
        for (Modules.Module module : examination.modules().all()) {
            EnumSet<Modules.Source> missing = EnumSet.complementOf(EnumSet.copyOf(module.sources()));
            if (module.live() && !missing.isEmpty()) {
                examination.report(new Sighting(
                        FindingKind.MODULE_HIDDEN,
                        "module " + module.name(),
                        new Evidence.Text("known to", Sources.text(module.sources())),
                        new Evidence.Text("missing in", Sources.text(missing)),
                        new Evidence.Address("struct module", module.address()),
                        new Evidence.Address(
                                "code",
                                module.text().isEmpty()
                                        ? 0
                                        : module.text().getFirst().base())));
            }
        }
    }
}
