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
 * not inherit that of a dead one whose pages it was given. A root that moves to
 * another VM and back is shared: an alarm, and both VMs are disputed.
 *
 * What breaks it: L1 owns the tenant's memory and registers, so it can run
 * other code under the same three addresses. Nothing at this level tells.
 */
#include <linux/hashtable.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "umbra.h"

static DEFINE_HASHTABLE(umbra_carriers, 8);
static u64 umbra_next_tenant = 1;
static u32 umbra_next_cloud = 1;

/* ------------------------------------------------------------- lifetimes */

static void umbra_cloud_release(struct kref *references)
{
	struct umbra_cloud *cloud = container_of(references, struct umbra_cloud, references);

	umbra_stream_free(&cloud->stream);
	kfree(cloud);
}

void umbra_cloud_put(struct umbra_cloud *cloud)
{
	kref_put(&cloud->references, umbra_cloud_release);
}

static void umbra_tenant_release(struct kref *references)
{
	struct umbra_tenant *tenant = container_of(references, struct umbra_tenant, references);
	u32 i;

	for (i = 0; i < tenant->vcpu_count; i++)
		kfree(tenant->vcpus[i]);
	umbra_stream_free(&tenant->stream);
	umbra_cloud_put(tenant->cloud);
	kvfree(tenant);
}

void umbra_tenant_put(struct umbra_tenant *tenant)
{
	kref_put(&tenant->references, umbra_tenant_release);
}

static struct umbra_cloud *umbra_cloud_create(struct kvm *kvm)
{
	struct umbra_cloud *cloud, *other;
	int count = 0;

	umbra_reap(!umbra.attached);
	list_for_each_entry(other, &umbra.clouds, link)
		count++;
	if (count >= UMBRA_CLOUD_VMS)
		return NULL;
	cloud = kzalloc(sizeof(*cloud), GFP_KERNEL_ACCOUNT);
	if (!cloud)
		return NULL;
	if (umbra_stream_init(&cloud->stream)) {
		kfree(cloud);
		return NULL;
	}
	kref_init(&cloud->references);
	INIT_LIST_HEAD(&cloud->tenants);
	INIT_LIST_HEAD(&cloud->carriers);
	cloud->id = umbra_next_cloud++;
	cloud->kvm = kvm;
	cloud->process = kvm->userspace_pid;
	cloud->changed = true;
	list_add_tail(&cloud->link, &umbra.clouds);
	return cloud;
}

static struct umbra_cloud *umbra_cloud_of(struct kvm *kvm)
{
	struct umbra_cloud *cloud;

	list_for_each_entry(cloud, &umbra.clouds, link)
		if (cloud->kvm == kvm)
			return cloud;
	return umbra_cloud_create(kvm);
}

static bool umbra_tenant_enters(struct umbra_tenant *tenant)
{
	struct umbra_carrier *carrier;

	list_for_each_entry(carrier, &tenant->cloud->carriers, link)
		if (umbra_tenant_of(carrier) == tenant && umbra_in_tenant(carrier->vcpu))
			return true;
	return false;
}

/*
 * L0 is not told when L1 ends a VM. When the table is full, the one silent for
 * longest is taken for dead; should it enter again it is a new VM.
 */
static void umbra_evict_silent(struct umbra_cloud *cloud)
{
	struct umbra_tenant *tenant, *oldest = NULL;
	u32 i;

	list_for_each_entry(tenant, &cloud->tenants, link)
		if (!tenant->gone && !tenant->paused &&
		    time_after(jiffies, tenant->last_entry + UMBRA_SILENCE) &&
		    (!oldest || time_before(tenant->last_entry, oldest->last_entry)) &&
		    !umbra_tenant_enters(tenant))
			oldest = tenant;
	if (!oldest)
		return;
	for (i = 0; i < oldest->vcpu_count; i++)
		oldest->vcpus[i]->lost = true;
	umbra_tenant_gone(oldest);
}

static struct umbra_tenant *umbra_tenant_create(struct umbra_cloud *cloud)
{
	struct umbra_tenant *tenant;

	umbra_reap(!umbra.attached);
	if (cloud->tenant_count >= UMBRA_TENANT_VMS)
		umbra_evict_silent(cloud);
	umbra_reap(!umbra.attached);
	if (cloud->tenant_count >= UMBRA_TENANT_VMS)
		return NULL;
	tenant = kvzalloc(sizeof(*tenant), GFP_KERNEL_ACCOUNT);
	if (!tenant)
		return NULL;
	if (umbra_stream_init(&tenant->stream)) {
		kvfree(tenant);
		return NULL;
	}
	kref_init(&tenant->references);
	tenant->id = umbra_next_tenant++;
	umbra_interrupt_reset(tenant);
	tenant->cloud = cloud;
	kref_get(&cloud->references);
	umbra_port_claim(tenant, umbra_default_claim_base, umbra_default_claim_count, true);
	list_add_tail(&tenant->link, &cloud->tenants);
	cloud->tenant_count++;
	return tenant;
}

static struct umbra_tenant_vcpu *umbra_vcpu_create(struct umbra_tenant *tenant,
					    const struct umbra_entry_view *view)
{
	struct umbra_tenant_vcpu *vcpu;

	if (tenant->vcpu_count >= UMBRA_VCPUS)
		return NULL;
	vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);
	if (!vcpu)
		return NULL;
	vcpu->tenant = tenant;
	vcpu->index = tenant->vcpu_count;
	vcpu->apic_id = vcpu->index;
	vcpu->control_block = view->control_block;
	vcpu->host_space = view->host_space;
	vcpu->permission_map = view->permission_map;
	vcpu->changed = true;
	WRITE_ONCE(tenant->vcpus[vcpu->index], vcpu);
	smp_store_release(&tenant->vcpu_count, tenant->vcpu_count + 1);
	tenant->changed = true;
	return vcpu;
}

/* The VM exists no more, as far as L0 can know. The service is told once. */
void umbra_tenant_gone(struct umbra_tenant *tenant)
{
	lockdep_assert_held(&umbra.registry);
	if (!tenant->gone) {
		tenant->gone = true;
		tenant->changed = true;
		umbra_device_notify(true);
	}
}

/* --------------------------------------------------------------- carriers */

struct umbra_carrier *umbra_carrier_of(struct kvm_vcpu *vcpu)
{
	struct umbra_carrier *carrier, *found = NULL;

	rcu_read_lock();
	hash_for_each_possible_rcu(umbra_carriers, carrier, hash, (unsigned long)vcpu)
		if (carrier->vcpu == vcpu) {
			found = carrier;
			break;
		}
	rcu_read_unlock();
	return found;
}

/* The carrier of this vCPU, made if need be; NULL when there is no room for it. */
struct umbra_carrier *umbra_carrier_get(struct kvm_vcpu *vcpu)
{
	struct umbra_carrier *carrier = umbra_carrier_of(vcpu);
	struct umbra_cloud *cloud;

	if (likely(carrier))
		return carrier;
	mutex_lock(&umbra.registry);
	cloud = umbra_cloud_of(vcpu->kvm);
	if (cloud)
		carrier = kzalloc(sizeof(*carrier), GFP_KERNEL_ACCOUNT);
	if (carrier) {
		carrier->vcpu = vcpu;
		carrier->cloud = cloud;
		kref_get(&cloud->references);
		list_add_tail(&carrier->link, &cloud->carriers);
		hash_add_rcu(umbra_carriers, &carrier->hash, (unsigned long)vcpu);
		umbra_device_notify(true);
	}
	mutex_unlock(&umbra.registry);
	return carrier;
}

static void umbra_carrier_set(struct umbra_carrier *carrier, struct umbra_tenant_vcpu *vcpu)
{
	struct umbra_tenant_vcpu *previous = carrier->current_vcpu;

	if (previous == vcpu)
		return;
	if (vcpu) {
		kref_get(&vcpu->tenant->references);
		WRITE_ONCE(vcpu->carrier, carrier);
	}
	WRITE_ONCE(carrier->current_vcpu, vcpu);
	if (previous) {
		cmpxchg(&previous->carrier, carrier, NULL);
		umbra_tenant_put(previous->tenant);
	}
}

/* --------------------------------------------------------------- identity */

static struct umbra_tenant_vcpu *umbra_find_control_block(struct umbra_cloud *cloud, u64 control_block)
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

static void umbra_root_taken(struct umbra_tenant *tenant, struct umbra_tenant *other,
			     const struct umbra_entry_view *view)
{
	u32 i;

	for (i = 0; i < other->vcpu_count; i++)
		if (other->vcpus[i]->nested_root == view->nested_root)
			other->vcpus[i]->nested_root = 0;
	if (other->taken_root == view->nested_root && other->taken_from == tenant->id)
		umbra_dispute(tenant, other, UMBRA_ALARM_ROOT_SHARED, view->nested_root,
			      view->control_block);
	tenant->taken_root = view->nested_root;
	tenant->taken_from = other->id;
}

static void umbra_vcpu_root(struct umbra_tenant_vcpu *vcpu, const struct umbra_entry_view *view)
{
	struct umbra_tenant *tenant = vcpu->tenant;
	struct umbra_tenant *other;

	if (vcpu->nested_root == view->nested_root)
		return;
	other = umbra_find_owner(tenant->cloud, view, true);
	if (other && other != tenant)
		umbra_root_taken(tenant, other, view);
	vcpu->nested_root = view->nested_root;
	vcpu->changed = true;
	if (tenant->nested_root && tenant->nested_root != view->nested_root)
		tenant->root_changes++;
	tenant->nested_root = view->nested_root;
	tenant->changed = true;
	umbra_device_notify(true);
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
		umbra_vcpu_lose(vcpu);
	}
	if (!moved_from && !view->at_reset) {
		tenant = umbra_find_owner(cloud, view, false);
		if (!tenant)
			tenant = umbra_find_owner(cloud, view, true);
	}
	if (!tenant)
		tenant = umbra_tenant_create(cloud);
	if (!tenant)
		return NULL;
	if (moved_from && !view->at_reset)
		umbra_dispute(tenant, moved_from, UMBRA_ALARM_VCPU_MOVED, view->control_block,
			      view->nested_root);
	return umbra_vcpu_create(tenant, view);
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
	WRITE_ONCE(vcpu->tenant->last_entry, jiffies);
	stream = &vcpu->tenant->stream;
	spin_lock(&stream->lock);
	stream->counters[UMBRA_COUNTER_ENTRIES]++;
	spin_unlock(&stream->lock);
}

/* ------------------------------------------------------ look-up and ending */

/* A reference on the tenant VM, or NULL. */
struct umbra_tenant *umbra_tenant_find(u64 id)
{
	struct umbra_cloud *cloud;
	struct umbra_tenant *tenant;

	lockdep_assert_held(&umbra.registry);
	list_for_each_entry(cloud, &umbra.clouds, link)
		list_for_each_entry(tenant, &cloud->tenants, link)
			if (tenant->id == id && !tenant->gone) {
				kref_get(&tenant->references);
				return tenant;
			}
	return NULL;
}

struct umbra_cloud *umbra_cloud_find(u32 id)
{
	struct umbra_cloud *cloud;

	lockdep_assert_held(&umbra.registry);
	list_for_each_entry(cloud, &umbra.clouds, link)
		if (cloud->id == id && !cloud->gone) {
			kref_get(&cloud->references);
			return cloud;
		}
	return NULL;
}

static void umbra_cloud_end(struct umbra_cloud *cloud)
{
	struct umbra_carrier *carrier, *next;
	struct umbra_tenant *tenant;

	list_for_each_entry_safe(carrier, next, &cloud->carriers, link) {
		umbra_carrier_set(carrier, NULL);
		hash_del_rcu(&carrier->hash);
		list_del(&carrier->link);
		umbra_cloud_put(cloud);
		kfree_rcu(carrier, rcu);
	}
	list_for_each_entry(tenant, &cloud->tenants, link)
		umbra_tenant_gone(tenant);
	cloud->kvm = NULL;
	cloud->gone = true;
	cloud->changed = true;
	umbra_device_notify(true);
}

/* KVM destroys the VM: no vCPU of it runs any more. */
void umbra_registry_cloud_destroyed(struct kvm *kvm)
{
	struct umbra_cloud *cloud;

	mutex_lock(&umbra.registry);
	list_for_each_entry(cloud, &umbra.clouds, link)
		if (cloud->kvm == kvm) {
			umbra_cloud_end(cloud);
			break;
		}
	mutex_unlock(&umbra.registry);
	/* Whoever found a carrier under RCU may still kick its vCPU. */
	synchronize_rcu();
}

int umbra_registry_init(void)
{
	INIT_LIST_HEAD(&umbra.clouds);
	mutex_init(&umbra.registry);
	return 0;
}

/* All hooks are out and no service is attached. */
void umbra_registry_exit(void)
{
	struct umbra_cloud *cloud, *next_cloud;
	struct umbra_tenant *tenant, *next;

	mutex_lock(&umbra.registry);
	list_for_each_entry_safe(cloud, next_cloud, &umbra.clouds, link) {
		umbra_cloud_end(cloud);
		list_for_each_entry_safe(tenant, next, &cloud->tenants, link) {
			list_del(&tenant->link);
			umbra_tenant_put(tenant);
		}
		list_del(&cloud->link);
		umbra_cloud_put(cloud);
	}
	mutex_unlock(&umbra.registry);
	rcu_barrier();
}
