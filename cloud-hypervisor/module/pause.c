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
 *
 * There are two kinds of pause. One lasts until it is taken back. The other is
 * for a moment, in which somebody looks at the VM's memory: it is reported and
 * measured, and it ends by itself, so that whoever asked may die. A VM runs when
 * it has neither.
 *
 * A vCPU that is inside is kicked and says itself when it is held, or back with
 * L1; the poll is for what says nothing, such as a carrier that its hypervisor
 * process keeps. One that was last stopped by an interrupt of the host is held
 * wherever its carrier's thread is: none of its instructions is under way, its
 * registers are known, and the entry that would change this is refused. So a pause
 * need not wait until the host's scheduler has a turn for that thread.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/workqueue.h>

#include "umbra.h"

/* How long a vCPU that executes nothing may take to be held, before it counts as held. */
#define UMBRA_PAUSE_GRACE	(HZ / 50 + 1)

static void umbra_pause_poll(struct work_struct *work);
static DECLARE_DELAYED_WORK(umbra_pause_work, umbra_pause_poll);

bool umbra_must_hold(const struct umbra_carrier *carrier)
{
	struct umbra_tenant *tenant = umbra_tenant_of(carrier);

	if (READ_ONCE(umbra.unloading))
		return false;
	return READ_ONCE(carrier->held) || (tenant && READ_ONCE(tenant->paused));
}

/*
 * The exit that just happened is the host's business alone. Interrupts are off, and
 * the control block of the exit is in force.
 */
void umbra_interrupted(struct umbra_carrier *carrier)
{
	umbra_vcpu_capture(carrier);
	smp_store_release(&carrier->interrupted, READ_ONCE(carrier->inside));
	umbra_pause_progress(carrier->current_vcpu->tenant);
}

/* Before an entry, with preemption off. Pairs with umbra_pause_begin(): one of both sees the other. */
bool umbra_may_run(struct umbra_carrier *carrier)
{
	bool interrupted = READ_ONCE(carrier->interrupted);

	if (interrupted) {
		WRITE_ONCE(carrier->interrupted, false);
		smp_mb();
	}
	if (!umbra_must_hold(carrier))
		return true;
	WRITE_ONCE(carrier->interrupted, interrupted);
	return false;
}

static bool umbra_is_released(void *argument)
{
	return !umbra_must_hold(argument);
}

/*
 * Sleeps while the VM is paused and nobody else needs the carrier. When L1 does,
 * the vCPU is not held yet, and the poll must not be woken: it would want the CPU,
 * for which KVM gives up the very entry by which L1 gets the carrier, again and
 * again.
 */
void umbra_hold(struct umbra_carrier *carrier)
{
	struct umbra_tenant_vcpu *vcpu = carrier->current_vcpu;

	if (vcpu) {
		spin_lock(&vcpu->tenant->stream.lock);
		vcpu->tenant->stream.counters[UMBRA_COUNTER_PAUSED_ENTRIES]++;
		spin_unlock(&vcpu->tenant->stream.lock);
		umbra_vcpu_capture(carrier);
		if (!umbra_carrier_wanted(carrier->vcpu)) {
			WRITE_ONCE(vcpu->held, READ_ONCE(carrier->inside));
			umbra_pause_progress(vcpu->tenant);
		}
	}
	umbra_carrier_wait(carrier->vcpu, umbra_is_released, carrier, NULL);
	if (vcpu)
		WRITE_ONCE(vcpu->held, false);
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

/* ------------------------------------------------------------------ settling */

void umbra_pause_progress(struct umbra_tenant *tenant)
{
	if (unlikely(READ_ONCE(tenant->pause_settling)))
		mod_delayed_work(system_highpri_wq, &umbra_pause_work, 0);
}

static bool umbra_carrier_holds(const struct umbra_carrier *carrier, bool patient)
{
	if (!umbra_in_tenant(carrier->vcpu) || smp_load_acquire(&carrier->interrupted))
		return true;
	if (READ_ONCE(carrier->vcpu->mode) != OUTSIDE_GUEST_MODE)
		return false;
	return !patient || READ_ONCE(carrier->current_vcpu->held);
}

static bool umbra_tenant_held(struct umbra_tenant *tenant)
{
	bool patient = time_before(jiffies, tenant->pause_began + UMBRA_PAUSE_GRACE);
	struct umbra_carrier *carrier;

	list_for_each_entry(carrier, &tenant->cloud->carriers, link)
		if (umbra_tenant_of(carrier) == tenant && !umbra_carrier_holds(carrier, patient))
			return false;
	return true;
}

static void umbra_pause_settled(struct umbra_tenant *tenant, u64 now)
{
	WRITE_ONCE(tenant->pause_settling, false);
	if (tenant->paused & UMBRA_PAUSE_LASTING && !tenant->pause_reported) {
		tenant->pause_reported = true;
		tenant->changed = true;
	}
	umbra_moment_settle(&tenant->moment, now);
	umbra_device_notify(true);
}

static void umbra_pause_begin(struct umbra_tenant *tenant, enum umbra_pause_kind kind)
{
	struct umbra_carrier *carrier;

	lockdep_assert_held(&umbra.registry);
	tenant->pause_began = jiffies;
	WRITE_ONCE(tenant->pause_settling, true);
	WRITE_ONCE(tenant->paused, tenant->paused | kind);
	smp_mb();
	list_for_each_entry(carrier, &tenant->cloud->carriers, link)
		if (umbra_tenant_of(carrier) == tenant && umbra_in_tenant(carrier->vcpu)) {
			kvm_make_request(KVM_REQ_UNBLOCK, carrier->vcpu);
			umbra_carrier_kick(carrier->vcpu);
		}
	mod_delayed_work(system_highpri_wq, &umbra_pause_work, 0);
}

static void umbra_pause_end(struct umbra_tenant *tenant, enum umbra_pause_kind kind)
{
	struct umbra_carrier *carrier;

	lockdep_assert_held(&umbra.registry);
	WRITE_ONCE(tenant->paused, tenant->paused & ~kind);
	smp_mb();
	if (tenant->paused)
		return;
	WRITE_ONCE(tenant->pause_settling, false);
	list_for_each_entry(carrier, &tenant->cloud->carriers, link)
		if (umbra_tenant_of(carrier) == tenant && umbra_in_tenant(carrier->vcpu))
			umbra_carrier_kick(carrier->vcpu);
}

/* --------------------------------------------------------- the lasting pause */

void umbra_pause(struct umbra_tenant *tenant)
{
	umbra_pause_begin(tenant, UMBRA_PAUSE_LASTING);
}

void umbra_resume(struct umbra_tenant *tenant)
{
	umbra_pause_end(tenant, UMBRA_PAUSE_LASTING);
	tenant->pause_reported = false;
	tenant->changed = true;
	umbra_device_notify(true);
}

/* ----------------------------------------------------------- for a moment */

int umbra_pause_moment(struct umbra_tenant *tenant, u64 sequence, u32 bound)
{
	int error = umbra_moment_begin(&tenant->moment, sequence, (u64)bound * NSEC_PER_MSEC,
				       ktime_get_ns());

	if (error)
		return error;
	umbra_pause_begin(tenant, UMBRA_PAUSE_MOMENT);
	spin_lock(&tenant->stream.lock);
	tenant->stream.counters[UMBRA_COUNTER_PAUSES]++;
	spin_unlock(&tenant->stream.lock);
	return 0;
}

static void umbra_moment_over(struct umbra_tenant *tenant, enum umbra_pause_state state)
{
	umbra_moment_end(&tenant->moment, state, ktime_get_ns());
	umbra_pause_end(tenant, UMBRA_PAUSE_MOMENT);
	umbra_device_notify(true);
	if (state != UMBRA_PAUSE_EXPIRED)
		return;
	spin_lock(&tenant->stream.lock);
	tenant->stream.counters[UMBRA_COUNTER_PAUSES_EXPIRED]++;
	spin_unlock(&tenant->stream.lock);
	pr_warn_ratelimited("umbra: nobody ended the pause of tenant VM %llu; it goes on\n",
			    tenant->id);
}

int umbra_resume_moment(struct umbra_tenant *tenant, u64 sequence)
{
	if (!tenant->moment.in_force || tenant->moment.sequence != sequence)
		return ENOENT;
	umbra_moment_over(tenant, UMBRA_PAUSE_ENDED);
	return 0;
}

void umbra_pause_forsaken(void)
{
	struct umbra_cloud *cloud;
	struct umbra_tenant *tenant;

	lockdep_assert_held(&umbra.registry);
	list_for_each_entry(cloud, &umbra.clouds, link)
		list_for_each_entry(tenant, &cloud->tenants, link) {
			if (tenant->moment.in_force)
				umbra_moment_over(tenant, UMBRA_PAUSE_EXPIRED);
			tenant->moment.unread = false;
		}
}

/* ---------------------------------------------------------------- the poll */

/* Jiffies until the VM has to be looked at again; MAX_JIFFY_OFFSET: not before something happens. */
static unsigned long umbra_pause_look(struct umbra_tenant *tenant)
{
	unsigned long next = MAX_JIFFY_OFFSET;
	u64 now = ktime_get_ns(), left;

	if (tenant->moment.in_force) {
		left = umbra_moment_left(&tenant->moment, now);
		if (left)
			next = nsecs_to_jiffies(left) + 1;
		else
			umbra_moment_over(tenant, UMBRA_PAUSE_EXPIRED);
	}
	if (tenant->paused && tenant->pause_settling) {
		if (umbra_tenant_held(tenant))
			umbra_pause_settled(tenant, now);
		else
			next = 1;
	}
	return next;
}

static void umbra_pause_poll(struct work_struct *work)
{
	unsigned long next = MAX_JIFFY_OFFSET;
	struct umbra_cloud *cloud;
	struct umbra_tenant *tenant;

	mutex_lock(&umbra.registry);
	list_for_each_entry(cloud, &umbra.clouds, link)
		list_for_each_entry(tenant, &cloud->tenants, link)
			if (tenant->paused && !tenant->gone)
				next = min(next, umbra_pause_look(tenant));
	if (next != MAX_JIFFY_OFFSET)
		queue_delayed_work(system_highpri_wq, &umbra_pause_work, next);
	mutex_unlock(&umbra.registry);
}

void umbra_pause_exit(void)
{
	cancel_delayed_work_sync(&umbra_pause_work);
}
