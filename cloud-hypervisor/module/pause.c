// SPDX-License-Identifier: GPL-2.0
/*
 * Holding a tenant's vCPUs at their entry.
 *
 * A held vCPU stays between L1's VMRUN and the tenant's first instruction. If
 * L1 needs the carrier meanwhile it gets it, by the nested exit that an
 * interrupt causes at that point anyway; its next VMRUN is held again. The
 * sleep is in the check for nested events, which KVM makes before an entry when
 * it is asked to; the entry itself is refused once more with preemption off, so
 * that no instruction of the tenant runs after a pause was reported.
 */
#include <linux/workqueue.h>

#include "umbra.h"

static void umbra_pause_poll(struct work_struct *work);
static DECLARE_DELAYED_WORK(umbra_pause_work, umbra_pause_poll);

bool umbra_must_hold(const struct umbra_carrier *carrier)
{
	struct umbra_tenant *tenant = umbra_tenant_of(carrier);

	if (READ_ONCE(umbra.unloading))
		return false;
	return READ_ONCE(carrier->held) || (tenant && READ_ONCE(tenant->paused));
}

static bool umbra_is_released(void *argument)
{
	return !umbra_must_hold(argument);
}

/* Sleeps while the VM is paused and nobody else needs the carrier. */
void umbra_hold(struct umbra_carrier *carrier)
{
	struct umbra_tenant *tenant = umbra_tenant_of(carrier);

	if (tenant) {
		spin_lock(&tenant->stream.lock);
		tenant->stream.counters[UMBRA_COUNTER_PAUSED_ENTRIES]++;
		spin_unlock(&tenant->stream.lock);
	}
	umbra_carrier_wait(carrier->vcpu, umbra_is_released, carrier, NULL);
}

/*
 * Before an entry that must not be, with preemption off. KVM gives the entry up
 * when it finds a request, and looks for events, where the vCPU then sleeps, when
 * asked to. But what L1 began KVM must finish before it can go back to L1: if L1
 * needs the carrier the entry is made, and left before the first instruction
 * (UMBRA_RUN_LEAVE_AT_ONCE).
 */
void umbra_refuse_entry(struct kvm_vcpu *vcpu)
{
	if (umbra_carrier_wanted(vcpu))
		return;
	kvm_make_request(KVM_REQ_UNBLOCK, vcpu);
	kvm_make_request(KVM_REQ_EVENT, vcpu);
}

static bool umbra_tenant_runs(struct umbra_tenant *tenant)
{
	struct umbra_carrier *carrier;

	list_for_each_entry(carrier, &tenant->cloud->carriers, link)
		if (umbra_tenant_of(carrier) == tenant && umbra_in_tenant(carrier->vcpu) &&
		    READ_ONCE(carrier->vcpu->mode) != OUTSIDE_GUEST_MODE)
			return true;
	return false;
}

/* Reports each pause once no vCPU of the VM is inside. */
static void umbra_pause_poll(struct work_struct *work)
{
	struct umbra_cloud *cloud;
	struct umbra_tenant *tenant;
	bool again = false;

	mutex_lock(&umbra.registry);
	list_for_each_entry(cloud, &umbra.clouds, link)
		list_for_each_entry(tenant, &cloud->tenants, link) {
			if (!tenant->paused || tenant->pause_reported || tenant->gone)
				continue;
			if (umbra_tenant_runs(tenant)) {
				again = true;
				continue;
			}
			tenant->pause_reported = true;
			tenant->changed = true;
			umbra_device_notify(true);
		}
	mutex_unlock(&umbra.registry);
	if (again)
		schedule_delayed_work(&umbra_pause_work, 1);
}

void umbra_pause(struct umbra_tenant *tenant, bool paused)
{
	struct umbra_carrier *carrier;

	lockdep_assert_held(&umbra.registry);
	WRITE_ONCE(tenant->paused, paused);
	smp_mb();
	if (!paused) {
		tenant->pause_reported = false;
		tenant->changed = true;
	}
	list_for_each_entry(carrier, &tenant->cloud->carriers, link)
		if (umbra_tenant_of(carrier) == tenant && umbra_in_tenant(carrier->vcpu)) {
			if (paused)
				kvm_make_request(KVM_REQ_UNBLOCK, carrier->vcpu);
			umbra_carrier_kick(carrier->vcpu);
		}
	if (paused)
		mod_delayed_work(system_wq, &umbra_pause_work, 0);
	else
		umbra_device_notify(true);
}

void umbra_pause_exit(void)
{
	cancel_delayed_work_sync(&umbra_pause_work);
}
