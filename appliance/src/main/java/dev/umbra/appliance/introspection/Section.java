// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

/** A part of what a scan looks at. Names are part of the API and never change. */
public enum Section {
    PROCESSES(Fact.Process.class),
    THREADS(Fact.Thread.class),
    MODULES(Fact.Module.class),
    SOCKETS(NetworkFact.Socket.class),
    FILES(Fact.OpenFile.class),
    MAPS(Fact.Mapping.class),
    MOUNTS(Fact.Mount.class),
    LOG(Fact.LogRecord.class),
    INTERFACES(NetworkFact.NetworkInterface.class),
    BPF(Fact.BpfProgram.class),
    CONTAINERS(Fact.Container.class);

    private final Class<? extends Fact> type;

    Section(Class<? extends Fact> type) {
        this.type = type;
    }

    /** What its facts are. */
    public Class<? extends Fact> type() {
        return type;
    }
}
