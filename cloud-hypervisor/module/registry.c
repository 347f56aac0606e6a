// SPDX-License-Identifier: GPL-2.0
/*
 * The cloud VMs, tenant VMs, vCPUs and carriers known, and their lives.
 *
 * A tenant VM is referenced by the list of its cloud VM until it is gone and
 * the service knows, and by every carrier whose last vCPU was one of its. Which
 * VM a vCPU belongs to is decided in identity.c.
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
	umbra_layout_free(&cloud->layout);
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
	cloud->alarm_second = jiffies;
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

struct umbra_tenant *umbra_tenant_create(struct umbra_cloud *cloud)
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
	umbra_port_claim(tenant, umbra_default_claim_base, umbra_default_claim_count,
			 UMBRA_CLAIM_SERVED);
	list_add_tail(&tenant->link, &cloud->tenants);
	cloud->tenant_count++;
	return tenant;
}

struct umbra_tenant_vcpu *umbra_vcpu_create(struct umbra_tenant *tenant,
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
	seqcount_init(&vcpu->registers.sequence);
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
		seqcount_init(&carrier->registers.sequence);
		list_add_tail(&carrier->link, &cloud->carriers);
		hash_add_rcu(umbra_carriers, &carrier->hash, (unsigned long)vcpu);
		umbra_device_notify(true);
	}
	mutex_unlock(&umbra.registry);
	return carrier;
}

void umbra_carrier_set(struct umbra_carrier *carrier, struct umbra_tenant_vcpu *vcpu)
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
	umbra_layout_free(&cloud->layout);
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

void umbra_registry_init(void)
{
	INIT_LIST_HEAD(&umbra.clouds);
	mutex_init(&umbra.registry);
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
