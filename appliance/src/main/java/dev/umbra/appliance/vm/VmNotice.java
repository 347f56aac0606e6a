// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.vm;

import java.time.Instant;

/** Something the owner of a VM should know and can dismiss. */
public record VmNotice(Code code, Instant firstAt, Instant lastAt, long times) {
    /** What happened. Names are stored and shown, so they never change. */
    public enum Code {
        /** A VM other than the enrolled one presented the record's secret after it had been used. */
        SECRET_USED_AGAIN(
                "Somebody tried to enrol another VM with this VM's secret, which was used already. If that was not "
                        + "you, whoever runs the virtualized system may have copied the secret: check which VM is yours."),
        /** A VM presented a secret of the record that had expired or been replaced. */
        OLD_SECRET_USED("Somebody tried to enrol a VM with an expired or replaced secret of this VM."),
        /** A VM that is enrolled as another record presented the record's secret. */
        SECRET_IN_OTHER_VM("A VM that is enrolled under another name presented this VM's secret. Renew the secret."),
        /** L0 raised an alarm about the identity of the VM. */
        IDENTITY_ALARM("The cloud hypervisor saw a processor or page table of this VM under another one."),
        /** A scan of the VM's memory found what should not be there. */
        MEMORY_ALARM("Something was found in the memory of this VM that should not be there: see its findings."),
        /** What the devices of the VM had stored could not be used. */
        DEVICE_ALARM("The shadow devices of this VM lost state or were started anew.");

        private final String text;

        Code(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }
}
