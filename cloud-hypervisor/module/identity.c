// SPDX-License-Identifier: GPL-2.0
/*
 * Who is who below us, from what L1 cannot help showing.
 *
 * L0 sees neither names nor processes of L1, but at every entry into a tenant
 * VM it sees physical addresses that L1 chose: the control block of the vCPU
 * (VMCB12), its MSR permission map, the nested root, and the address space of
 * the hypervisor process that makes the entry. A vCPU is known by its control
 * block, and remains itself as long as map and space stay with it:
 *
 *   known, all the same            the same vCPU, whatever the root is
 *   known, map or space other      the page was reused: a vCPU of another VM;
 *                                  not at reset, that is an alarm as well
 *   unknown, at the reset vector   the boot processor of a new VM
 *   unknown, elsewhere             a further vCPU of the VM whose space or root
 *                                  it has (application processors do not begin
 *                                  at the reset vector), else a new VM
 *
 * So a VM keeps its identity while L1 changes its nested root (it does so
 * whenever memory slots change) and while the tenant reboots, and a new VM does
 * not inherit that of a dead one whose pages it was given.
 *
 * An honest L1 gives a root's page to another VM only once nobody of the first
 * runs on it: whoever enters with a root that another VM has taken, and has shown
 * none other since, never let it go. Then both used one memory, if only for one
 * entry: an alarm, and both VMs are disputed. Whether the first is dead or will
 * show that it was not cannot be known beforehand. So a root taken from a VM that
 * ran a moment ago is withheld from the service, which else would read the
 * memory of one VM for the owner of another: until the first shows another root,
 * or would be taken for dead if it had not run since.
 *
 * What breaks it: L1 owns the tenant's memory and registers, so it can run
 * other code under the same three addresses. Nothing at this level tells.
 */
#include "umbra.h"

static struct umbra_tenant_vcpu *umbra_find_control_block(struct umbra_cloud *cloud,
							  u64 control_block)
{
	struct umbra_tenant *tenant;
	u32 i;

	list_for_each_entry(tenant, &cloud->tenants, link)
		for (i = 0; i < tenant->vcpu_count; i++)
			if (tenant->vcpus[i]->control_block == control_block &&
			    !tenant->vcpus[i]->lost)
				return tenant->vcpus[i];
	return NULL;
}

/* A VM, not gone, one of whose vCPUs has the root or the address space. */
static struct umbra_tenant *umbra_find_owner(struct umbra_cloud *cloud,
					     const struct umbra_entry_view *view, bool by_root)
{
	struct umbra_tenant *tenant;
	u32 i;

	list_for_each_entry(tenant, &cloud->tenants, link) {
		if (tenant->gone)
			continue;
		for (i = 0; i < tenant->vcpu_count; i++) {
			struct umbra_tenant_vcpu *vcpu = tenant->vcpus[i];

			if (vcpu->lost)
				continue;
			if (by_root ? vcpu->nested_root == view->nested_root :
				      vcpu->host_space == view->host_space)
				return tenant;
		}
	}
	return NULL;
}

/* The control block serves another VM from now on. */
static void umbra_vcpu_lose(struct umbra_tenant_vcpu *vcpu)
{
	struct umbra_tenant *tenant = vcpu->tenant;
	bool alive = false;
	u32 i;

	vcpu->lost = true;
	vcpu->changed = true;
	tenant->changed = true;
	for (i = 0; i < tenant->vcpu_count; i++)
		alive |= !tenant->vcpus[i]->lost;
	if (!alive)
		umbra_tenant_gone(tenant);
}

static void umbra_dispute(struct umbra_tenant *tenant, struct umbra_tenant *other, u32 kind,
			  u64 evidence0, u64 evidence1)
{
	tenant->disputed = true;
	tenant->changed = true;
	other->disputed = true;
	other->changed = true;
	umbra_alarm(tenant->cloud, tenant->id, kind, other->id, evidence0, evidence1);
}

static struct umbra_tenant *umbra_find_tenant(struct umbra_cloud *cloud, u64 id)
{
	struct umbra_tenant *tenant;

	list_for_each_entry(tenant, &cloud->tenants, link)
		if (tenant->id == id)
			return tenant;
	return NULL;
}

/* Another VM lost the root it has, and may yet show that it did not let it go. */
static bool umbra_root_contested(const struct umbra_tenant *tenant)
{
	struct umbra_tenant *other;

	list_for_each_entry(other, &tenant->cloud->tenants, link)
		if (other != tenant && !other->gone && other->lost_root &&
		    other->lost_root == tenant->nested_root &&
		    time_before(jiffies, other->lost_until))
			return true;
	return false;
}

static void umbra_root_recheck(struct umbra_tenant *tenant)
{
	bool contested = umbra_root_contested(tenant);

	if (tenant->root_withheld == contested)
		return;
	WRITE_ONCE(tenant->root_withheld, contested);
	tenant->changed = true;
	umbra_device_notify(true);
}

/* The VM shows a root other than the one it lost. */
static void umbra_root_let_go(struct umbra_tenant *tenant)
{
	struct umbra_tenant *other;
	u64 root = tenant->lost_root;

	tenant->lost_root = 0;
	list_for_each_entry(other, &tenant->cloud->tenants, link)
		if (other->nested_root == root)
			umbra_root_recheck(other);
}

static void umbra_root_taken(struct umbra_tenant *tenant, struct umbra_tenant *other, u64 root)
{
	u32 i;

	for (i = 0; i < other->vcpu_count; i++)
		if (other->vcpus[i]->nested_root == root)
			other->vcpus[i]->nested_root = 0;
	tenant->taken_root = root;
	tenant->taken_from = other->id;
	/* Else it shows another one already. */
	if (other->nested_root == root) {
		other->lost_root = root;
		other->lost_to = tenant->id;
		other->lost_until = READ_ONCE(other->last_entry) + UMBRA_SILENCE;
	}
}

/* With whom the VM shares the root it enters with, as far as both have done so. */
static struct umbra_tenant *umbra_root_sharer(struct umbra_tenant *tenant,
					      struct umbra_tenant *owner, u64 root)
{
	if (tenant->lost_root == root)
		return umbra_find_tenant(tenant->cloud, tenant->lost_to) ?: tenant;
	if (owner && owner->taken_root == root && owner->taken_from == tenant->id)
		return owner;
	return NULL;
}

static void umbra_vcpu_root(struct umbra_tenant_vcpu *vcpu, const struct umbra_entry_view *view)
{
	struct umbra_tenant *tenant = vcpu->tenant;
	struct umbra_tenant *owner, *sharer;
	u64 root = view->nested_root;

	if (vcpu->nested_root == root)
		return;
	owner = umbra_find_owner(tenant->cloud, view, true);
	if (owner == tenant)
		owner = NULL;
	sharer = umbra_root_sharer(tenant, owner, root);
	if (owner)
		umbra_root_taken(tenant, owner, root);
	if (sharer)
		umbra_dispute(tenant, sharer, UMBRA_ALARM_ROOT_SHARED, root, view->control_block);
	vcpu->nested_root = root;
	vcpu->changed = true;
	if (tenant->nested_root && tenant->nested_root != root)
		tenant->root_changes++;
	tenant->nested_root = root;
	tenant->five_levels = view->nested_levels == 5;
	tenant->changed = true;
	umbra_root_let_go(tenant);
	umbra_root_recheck(tenant);
	umbra_device_notify(true);
}

/* Enough time may have passed by now. */
static void umbra_root_await(struct umbra_tenant *tenant)
{
	mutex_lock(&umbra.registry);
	umbra_root_recheck(tenant);
	mutex_unlock(&umbra.registry);
}

static bool umbra_vcpu_matches(const struct umbra_tenant_vcpu *vcpu,
			       const struct umbra_entry_view *view)
{
	return vcpu->control_block == view->control_block &&
	       vcpu->host_space == view->host_space &&
	       vcpu->permission_map == view->permission_map && !vcpu->lost;
}

static struct umbra_tenant_vcpu *umbra_identify(struct umbra_cloud *cloud,
						const struct umbra_entry_view *view)
{
	struct umbra_tenant_vcpu *vcpu = umbra_find_control_block(cloud, view->control_block);
	struct umbra_tenant *moved_from = NULL;
	struct umbra_tenant *tenant = NULL;

	if (vcpu && umbra_vcpu_matches(vcpu, view))
		return vcpu;
	if (vcpu) {
		moved_from = vcpu->tenant;
		/* Gone with its last vCPU, it may be forgotten below. */
		kref_get(&moved_from->references);
		umbra_vcpu_lose(vcpu);
	}
	if (!moved_from && !view->at_reset) {
		tenant = umbra_find_owner(cloud, view, false);
		if (!tenant)
			tenant = umbra_find_owner(cloud, view, true);
	}
	if (!tenant)
		tenant = umbra_tenant_create(cloud);
	if (tenant && moved_from && !view->at_reset)
		umbra_dispute(tenant, moved_from, UMBRA_ALARM_VCPU_MOVED, view->control_block,
			      view->nested_root);
	if (moved_from)
		umbra_tenant_put(moved_from);
	return tenant ? umbra_vcpu_create(tenant, view) : NULL;
}

/* A control block runs on one carrier at a time; L1 may try otherwise. */
static bool umbra_runs_elsewhere(const struct umbra_tenant_vcpu *vcpu,
				 const struct umbra_carrier *carrier)
{
	struct umbra_carrier *other = READ_ONCE(vcpu->carrier);

	return other && other != carrier && READ_ONCE(other->current_vcpu) == vcpu &&
	       READ_ONCE(other->inside) && umbra_in_tenant(other->vcpu);
}

static void umbra_vcpu_reset(struct umbra_tenant_vcpu *vcpu, bool at_reset)
{
	if (at_reset && !vcpu->at_reset && vcpu->entered && !vcpu->index) {
		vcpu->tenant->resets++;
		vcpu->tenant->changed = true;
		umbra_interrupt_reset(vcpu->tenant);
		umbra_device_notify(true);
	}
	vcpu->at_reset = at_reset;
	vcpu->entered = true;
}

static struct umbra_tenant_vcpu *umbra_registry_identify(struct umbra_carrier *carrier,
							 const struct umbra_entry_view *view)
{
	struct umbra_tenant_vcpu *vcpu;

	mutex_lock(&umbra.registry);
	vcpu = umbra_identify(carrier->cloud, view);
	if (!vcpu) {
		umbra_alarm(carrier->cloud, 0, UMBRA_ALARM_LIMIT, 0, view->nested_root,
			    view->control_block);
	} else if (umbra_runs_elsewhere(vcpu, carrier)) {
		umbra_dispute(vcpu->tenant, vcpu->tenant, UMBRA_ALARM_VCPU_MOVED,
			      view->control_block, view->nested_root);
		vcpu = NULL;
	}
	umbra_carrier_set(carrier, vcpu);
	if (vcpu) {
		umbra_vcpu_root(vcpu, view);
		umbra_vcpu_reset(vcpu, view->at_reset);
	}
	mutex_unlock(&umbra.registry);
	return vcpu;
}

/* Called for every entry of L1 into a tenant VM, before the first instruction. */
void umbra_registry_enter(struct umbra_carrier *carrier, const struct umbra_entry_view *view)
{
	struct umbra_tenant_vcpu *vcpu = carrier->current_vcpu;
	struct umbra_stream *stream;

	if (unlikely(!vcpu || !umbra_vcpu_matches(vcpu, view) ||
		     vcpu->nested_root != view->nested_root ||
		     vcpu->at_reset != view->at_reset || READ_ONCE(vcpu->carrier) != carrier))
		vcpu = umbra_registry_identify(carrier, view);
	WRITE_ONCE(carrier->inside, !!vcpu);
	WRITE_ONCE(carrier->held, !vcpu);
	if (!vcpu)
		return;
	WRITE_ONCE(vcpu->halted, false);
	if (vcpu->apic_id_awaited) {
		u32 apic_id = carrier->vcpu->arch.regs[VCPU_REGS_RBX] >> 24 & 0xff;

		vcpu->apic_id_awaited = false;
		if (apic_id != vcpu->apic_id) {
			vcpu->apic_id = apic_id;
			WRITE_ONCE(vcpu->changed, true);
		}
	}
	if (unlikely(READ_ONCE(vcpu->tenant->root_withheld)) &&
	    READ_ONCE(vcpu->tenant->last_entry) != jiffies)
		umbra_root_await(vcpu->tenant);
	WRITE_ONCE(vcpu->tenant->last_entry, jiffies);
	stream = &vcpu->tenant->stream;
	spin_lock(&stream->lock);
	stream->counters[UMBRA_COUNTER_ENTRIES]++;
	spin_unlock(&stream->lock);
}
