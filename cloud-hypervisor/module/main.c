// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading.
 *
 * Unloading with VMs running: interrupts on offer are taken back, and the hooks
 * taken off, so nothing new comes in; then the vCPUs that sleep in them are woken
 * and find that their instruction is to run again, this time as if the module were
 * not there; when none is inside any more the text may go.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>

#include "umbra.h"
#include "hook.h"

struct umbra_state umbra;

ushort umbra_default_claim_base = 0x3f8;
ushort umbra_default_claim_count = 8;
module_param_named(claim_base, umbra_default_claim_base, ushort, 0644);
MODULE_PARM_DESC(claim_base, "first port claimed for every new tenant VM (COM1)");
module_param_named(claim_count, umbra_default_claim_count, ushort, 0644);
MODULE_PARM_DESC(claim_count, "number of ports claimed for every new tenant VM; 0: none");

/* Open for as long as we are loaded, so that the vendor's KVM module stays. */
static struct file *umbra_kvm_file;

/* Ends every sleep in a hook, and every run of a guest. True: an entry under way is not taken back yet. */
static bool umbra_wake_all(void)
{
	struct umbra_carrier *carrier;
	struct umbra_cloud *cloud;
	bool busy = false;

	mutex_lock(&umbra.registry);
	list_for_each_entry(cloud, &umbra.clouds, link)
		list_for_each_entry(carrier, &cloud->carriers, link) {
			busy |= READ_ONCE(carrier->offered) ||
				READ_ONCE(carrier->window_shut);
			umbra_carrier_kick(carrier->vcpu);
		}
	mutex_unlock(&umbra.registry);
	/* The vCPUs of VMs without tenants are no carriers, but run in a hook as well. */
	kick_all_cpus_sync();
	return busy;
}

static void umbra_on_destroy_vm(struct kvm *kvm);

static struct umbra_hook umbra_common_hooks[] = {
	UMBRA_HOOK("kvm_arch_destroy_vm", umbra_on_destroy_vm),
};

static void umbra_on_destroy_vm(struct kvm *kvm)
{
	void (*original)(struct kvm *kvm) = umbra_common_hooks[0].original;

	umbra_hook_enter();
	umbra_registry_cloud_destroyed(kvm);
	original(kvm);
	umbra_hook_leave();
}

static const struct umbra_backend *umbra_backend_here(void)
{
	if (boot_cpu_has(X86_FEATURE_SVM))
		return &umbra_svm;
	if (boot_cpu_has(X86_FEATURE_VMX))
		return &umbra_vmx;
	return NULL;
}

/* With the vendor's hooks off: waits for those still in them, and undoes the rest. */
static void umbra_undo(void)
{
	/* VMs that end meanwhile are still noticed, so every vCPU we wake exists. */
	while (umbra_hooks_in_use()) {
		umbra_wake_all();
		msleep(20);
	}
	umbra_hooks_remove(umbra_common_hooks, ARRAY_SIZE(umbra_common_hooks));
	while (umbra_hooks_in_use())
		msleep(20);
	/* The last instructions of a hook run after it has counted itself out. */
	synchronize_rcu_tasks();
	synchronize_rcu();
	umbra_pause_exit();
	umbra_registry_exit();
	umbra_device_exit();
	fput(umbra_kvm_file);
}

static int __init umbra_init(void)
{
	int error;

	umbra.backend = umbra_backend_here();
	if (!umbra.backend) {
		pr_err("umbra: this processor has neither SVM nor VMX\n");
		return -EOPNOTSUPP;
	}
	umbra_kvm_file = filp_open("/dev/kvm", O_RDWR, 0);
	if (IS_ERR(umbra_kvm_file)) {
		pr_err("umbra: load kvm_amd or kvm_intel with nested=1 first\n");
		return PTR_ERR(umbra_kvm_file);
	}
	uuid_gen(&umbra.instance);
	umbra_registry_init();
	error = umbra_device_init();
	if (error)
		goto close;
	error = umbra_hooks_install(umbra_common_hooks, ARRAY_SIZE(umbra_common_hooks));
	if (error)
		goto device;
	error = umbra.backend->install();
	if (error)
		goto undo;
	error = umbra_device_publish();
	if (error) {
		umbra.backend->remove();
		goto undo;
	}
	pr_info("umbra: instance %pUb, protocol %d.%d\n", &umbra.instance,
		UMBRA_PROTOCOL_MAJOR, UMBRA_PROTOCOL_MINOR);
	return 0;
undo:
	/* Some of the vendor's hooks worked for a while: a vCPU may sleep in one. */
	WRITE_ONCE(umbra.unloading, true);
	umbra_undo();
	return error;
device:
	umbra_device_exit();
close:
	fput(umbra_kvm_file);
	return error;
}

static void __exit umbra_exit(void)
{
	WRITE_ONCE(umbra.unloading, true);
	/* No new offers after this, and none left behind for L1 to find. */
	synchronize_rcu();
	while (umbra_wake_all())
		msleep(20);
	umbra.backend->remove();
	umbra_undo();
}

module_init(umbra_init);
module_exit(umbra_exit);
MODULE_DESCRIPTION("Umbra: devices of nested virtual machines, out of their hypervisor's hands");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
MODULE_SOFTDEP("pre: kvm_amd kvm_intel");
