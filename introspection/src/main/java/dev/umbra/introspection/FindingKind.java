// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection;

/** What can be found, and what it means for the VM. */
public enum FindingKind {
    /** A nested page table in use by one VM was entered by a processor of another: their memory may be one. */
    PAGE_TABLE_SHARED(Severity.CRITICAL),
    /** A processor changed hands without a reset: it carries state of one VM into another. */
    PROCESSOR_MOVED(Severity.CRITICAL),
    /** More processors or VMs than the module tracks; what is beyond is held. */
    LIMIT_REACHED(Severity.WARNING),
    /** Alarms were lost because nobody read them; what they said is unknown. */
    ALARMS_LOST(Severity.CRITICAL),
    /** The VM used an instruction on a device that cannot be carried out for it, and was refused it. */
    ACCESS_REFUSED(Severity.WARNING),
    /** Host and journal disagree about what the devices have seen, as after a rollback of either. */
    HISTORY_INCONSISTENT(Severity.CRITICAL),
    /** The kept state of the devices cannot be used. */
    STATE_UNUSABLE(Severity.WARNING),
    /** A device model failed; the VM waits. */
    DEVICE_FAILED(Severity.WARNING),

    /** A process or thread that some of the kernel's lists know and others do not. */
    PROCESS_HIDDEN(Severity.CRITICAL),
    /** A kernel module that some of the kernel's lists know and others do not. */
    MODULE_HIDDEN(Severity.CRITICAL),
    /** Executable kernel memory that belongs to nothing the kernel knows. */
    CODE_WITHOUT_OWNER(Severity.CRITICAL),
    /** A socket that a process holds and the protocol's table lacks, or the reverse. */
    SOCKET_HIDDEN(Severity.CRITICAL),
    /** An entry of a system-call table does not lead to the system call it stands for. */
    SYSTEM_CALL_HOOKED(Severity.CRITICAL),
    /** A gate of the interrupt table leads elsewhere than the kernel made it, or the table was moved. */
    INTERRUPT_HOOKED(Severity.CRITICAL),
    /** The processor enters system calls elsewhere than the kernel made it. */
    SYSTEM_CALL_ENTRY_MOVED(Severity.CRITICAL),
    /** A function of the kernel is diverted by the function tracer. */
    FTRACE_HOOK(Severity.WARNING),
    /** A function of the kernel is probed. */
    KPROBE_HOOK(Severity.WARNING),
    /** Packets pass through code that is not the kernel's or a module's. */
    NETFILTER_HOOKED(Severity.CRITICAL),
    /** A function pointer of the kernel leads to code that is not the kernel's or a module's. */
    FUNCTION_POINTER_HOOKED(Severity.CRITICAL),
    /** Code of the kernel or of a module changed other than by the ways in which the kernel changes code. */
    KERNEL_TEXT_CHANGED(Severity.CRITICAL),
    /** Data that are never written after the kernel, or a module, has come up, changed. */
    KERNEL_DATA_CHANGED(Severity.CRITICAL),
    /** A process gained rights by no system call that gives them. */
    CREDENTIALS_CHANGED(Severity.CRITICAL),
    /** A loaded eBPF program can change what the kernel does or says. */
    BPF_PROGRAM_LOADED(Severity.NOTICE),
    /** What the virtualized system says about its VMs is not what the host knows. */
    CLOUD_VM_CLAIM_FALSE(Severity.CRITICAL);

    private final Severity severity;

    FindingKind(Severity severity) {
        this.severity = severity;
    }

    /** How bad it is if nothing more is known. */
    public Severity severity() {
        return severity;
    }

    /** Whether the question is which VM is which, rather than how well it is served. */
    public boolean aboutIdentity() {
        return this == PAGE_TABLE_SHARED || this == PROCESSOR_MOVED;
    }
}
