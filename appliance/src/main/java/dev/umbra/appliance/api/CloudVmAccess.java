// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.introspection.Insight;
import dev.umbra.appliance.introspection.IntrospectionService;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.appliance.vm.VmAccessPolicy;
import dev.umbra.cloudhypervisor.CloudVmKey;
import java.util.List;
import org.springframework.stereotype.Component;

/** The cloud VMs an account may look into. */
@Component
class CloudVmAccess {
    private final Hosts hosts;
    private final VmAccessPolicy policy;
    private final IntrospectionService introspection;

    CloudVmAccess(Hosts hosts, VmAccessPolicy policy, IntrospectionService introspection) {
        this.hosts = hosts;
        this.policy = policy;
        this.introspection = introspection;
    }

    /** Of a host; thrown problems tell why not. */
    List<CloudVmKey> all(Account account, String host) {
        policy.requireCloudVms(account);
        return hosts.cloudVms(host);
    }

    CloudVmKey require(Account account, String host, int number) {
        return all(account, host).stream()
                .filter(vm -> vm.cloudVm() == number)
                .findFirst()
                .orElseThrow(ProblemCode.CLOUD_VM_NOT_FOUND::exception);
    }

    Insight insight(CloudVmKey vm) {
        return introspection.of(vm);
    }

    Insight insight(Account account, String host, int number) {
        return insight(require(account, host, number));
    }
}
