// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.ApplianceApi;

/**
 * Who serves the keyboard of a running tenant: Umbra, or the tenant's own QEMU in the virtualized system. The tenant's driver has
 * set up Umbra's, which keeps its state while QEMU serves. QEMU's is set up in the same way by root in the tenant, and emptied: with
 * a byte left that nobody has read it would raise no more interrupts.
 */
final class ServedKeyboard implements AutoCloseable {
    private static final int[] PORTS = {0x60, 0x64};

    private final ApplianceApi api;
    private final String vm;
    private final TenantShell root;

    /**
     * @param root a shell of the tenant's root
     */
    ServedKeyboard(ApplianceApi api, String vm, TenantShell root) {
        this.api = api;
        this.vm = vm;
        this.root = root;
    }

    void serveByUmbra() {
        claim(true);
    }

    void serveByOperator() {
        claim(false);
        root.run("program-keyboard").succeeded();
    }

    private void claim(boolean claimed) {
        for (int port : PORTS) {
            ApplianceApi.Answer answer = api.ask(
                    "administrator",
                    "PUT",
                    "/vms/" + vm + "/ports",
                    "{\"base\":" + port + ",\"count\":1,\"claimed\":" + claimed + "}");
            if (answer.status() != 204) {
                throw new IllegalStateException("the keyboard does not change hands: " + answer);
            }
        }
    }

    @Override
    public void close() {
        serveByUmbra();
    }
}
