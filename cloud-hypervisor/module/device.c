// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/umbra, in the manner of /dev/fuse: read() returns whole frames, write()
 * takes whole frames, poll() works, and closing the file is noticed: what its
 * holder had read and not acknowledged is kept for the next one. One service
 * is attached at a time.
 *
 * A frame that write() can delimit but not obey is answered with REJECTED. A
 * byte sequence that is not a frame ends the write with EINVAL.
 */
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "umbra.h"

#define UMBRA_BUFFER SZ_64K
#define UMBRA_POSTED_DELAY_NS (NSEC_PER_MSEC)

struct umbra_service {
	struct mutex read_lock;
	struct mutex write_lock;
	u8 *read_buffer;
	u8 *write_buffer;
	bool attached;
	bool greeted;		/* has read HELLO */
};

static DECLARE_WAIT_QUEUE_HEAD(umbra_readers);
static atomic_t umbra_work = ATOMIC_INIT(0);
static struct hrtimer umbra_posted_timer;

/* ---------------------------------------------------------- something to read */

void umbra_device_notify(bool wake)
{
	atomic_set(&umbra_work, 1);
	/* A timer already off the queue may have woken a reader that saw no work. */
	smp_mb();
	if (wake)
		wake_up_interruptible(&umbra_readers);
	else if (!hrtimer_is_queued(&umbra_posted_timer))
		hrtimer_start(&umbra_posted_timer, ns_to_ktime(UMBRA_POSTED_DELAY_NS),
			      HRTIMER_MODE_REL);
}

static enum hrtimer_restart umbra_posted_expired(struct hrtimer *timer)
{
	wake_up_interruptible(&umbra_readers);
	return HRTIMER_NORESTART;
}

/* -------------------------------------------------------------------- attach */

static size_t umbra_greet(struct umbra_service *service, u8 *buffer)
{
	struct umbra_hello hello = {
		.major = cpu_to_le16(UMBRA_PROTOCOL_MAJOR),
		.minor = cpu_to_le16(UMBRA_PROTOCOL_MINOR),
		.vendor = cpu_to_le32(umbra.backend->vendor),
		.queue_frames = cpu_to_le32(UMBRA_STREAM_FRAMES),
		.maximum_frame = cpu_to_le32(UMBRA_FRAME_MAXIMUM),
	};

	service->greeted = true;
	export_uuid(hello.instance, &umbra.instance);
	return umbra_control_fill(buffer, UMBRA_FRAME_HELLO, 0, 0, 0, &hello, sizeof(hello));
}

static int umbra_attach(struct umbra_service *service, const struct umbra_frame_header *header,
			const struct umbra_attach *attach, size_t length)
{
	int error = 0;

	if (le16_to_cpu(header->type) != UMBRA_FRAME_ATTACH)
		return -ENOTCONN;
	if (length != sizeof(*attach) || attach->reserved)
		return -EINVAL;
	if (le16_to_cpu(attach->lowest_major) > UMBRA_PROTOCOL_MAJOR ||
	    le16_to_cpu(attach->highest_major) < UMBRA_PROTOCOL_MAJOR)
		return -EPROTONOSUPPORT;

	mutex_lock(&umbra.registry);
	if (umbra.attached) {
		error = -EBUSY;
	} else {
		umbra.attached = true;
		umbra_control_keep_alarms();
		umbra_report_all();
		service->greeted = false;
		WRITE_ONCE(service->attached, true);
	}
	mutex_unlock(&umbra.registry);
	umbra_device_notify(true);
	return error;
}

static void umbra_detach(struct umbra_service *service)
{
	mutex_lock(&umbra.registry);
	if (service->attached) {
		service->attached = false;
		umbra.attached = false;
		umbra_pause_forsaken();
		umbra_report_all();
	}
	mutex_unlock(&umbra.registry);
}

/* ------------------------------------------------------------- file operations */

static int umbra_open(struct inode *inode, struct file *file)
{
	struct umbra_service *service = kzalloc(sizeof(*service), GFP_KERNEL);

	if (!service)
		return -ENOMEM;
	service->read_buffer = kvmalloc(UMBRA_BUFFER, GFP_KERNEL);
	service->write_buffer = kvmalloc(UMBRA_BUFFER, GFP_KERNEL);
	if (!service->read_buffer || !service->write_buffer) {
		kvfree(service->read_buffer);
		kvfree(service->write_buffer);
		kfree(service);
		return -ENOMEM;
	}
	mutex_init(&service->read_lock);
	mutex_init(&service->write_lock);
	file->private_data = service;
	return stream_open(inode, file);
}

static int umbra_release(struct inode *inode, struct file *file)
{
	struct umbra_service *service = file->private_data;

	umbra_detach(service);
	kvfree(service->read_buffer);
	kvfree(service->write_buffer);
	kfree(service);
	return 0;
}

static size_t umbra_fill(struct umbra_service *service, u8 *buffer, size_t room)
{
	bool more = false;
	size_t used = 0;

	atomic_set(&umbra_work, 0);
	/* A change made after this point sets it again. */
	smp_mb();
	if (!service->greeted)
		used = umbra_greet(service, buffer);
	used += umbra_control_read(buffer + used, room - used, &more);
	if (!more)
		used += umbra_report(buffer + used, room - used, &more);
	if (more)
		atomic_set(&umbra_work, 1);
	return used;
}

static ssize_t umbra_read(struct file *file, char __user *to, size_t room, loff_t *offset)
{
	struct umbra_service *service = file->private_data;
	size_t used;

	if (room < UMBRA_FRAME_MAXIMUM)
		return -EINVAL;
	for (;;) {
		if (mutex_lock_interruptible(&service->read_lock))
			return -ERESTARTSYS;
		if (!READ_ONCE(service->attached)) {
			mutex_unlock(&service->read_lock);
			return -ENOTCONN;
		}
		used = umbra_fill(service, service->read_buffer,
				  min_t(size_t, room, UMBRA_BUFFER));
		if (used)
			break;
		mutex_unlock(&service->read_lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(umbra_readers, atomic_read(&umbra_work)))
			return -ERESTARTSYS;
	}
	if (copy_to_user(to, service->read_buffer, used)) {
		/* Nothing may be lost: the streams are read anew by the next to attach. */
		umbra_detach(service);
		used = 0;
	}
	mutex_unlock(&service->read_lock);
	return used ?: -EFAULT;
}

static void umbra_refuse(const struct umbra_frame_header *header, int error)
{
	struct umbra_rejected payload = {
		.type = header->type,
		.error = cpu_to_le32(error),
	};

	umbra_count(UMBRA_COUNTER_FRAMES_REJECTED);
	umbra_device_control(UMBRA_FRAME_REJECTED, le64_to_cpu(header->sequence),
			     le64_to_cpu(header->tenant_vm), le32_to_cpu(header->cloud_vm),
			     &payload, sizeof(payload));
}

/* Bytes of the frame, 0 when the rest of it is missing, or a negative error. */
static ssize_t umbra_write_frame(struct umbra_service *service, const u8 *bytes, size_t left)
{
	const struct umbra_frame_header *header = (const void *)bytes;
	u32 length;
	int error;

	if (left < sizeof(*header))
		return 0;
	length = le32_to_cpu(header->length);
	if (length < sizeof(*header) || length > UMBRA_FRAME_MAXIMUM || length % 8)
		return -EINVAL;
	if (length > left)
		return 0;
	umbra_count(UMBRA_COUNTER_FRAMES_RECEIVED);
	if (!service->attached) {
		error = umbra_attach(service, header, (const void *)(header + 1),
				     length - sizeof(*header));
		return error ? error : (ssize_t)length;
	}
	error = header->flags ? EINVAL :
		umbra_command(header, bytes + sizeof(*header), length - sizeof(*header));
	if (error)
		umbra_refuse(header, error);
	return length;
}

static ssize_t umbra_write(struct file *file, const char __user *from, size_t length,
			   loff_t *offset)
{
	struct umbra_service *service = file->private_data;
	ssize_t step = 0;
	size_t used = 0;

	length = min_t(size_t, length, UMBRA_BUFFER);
	if (mutex_lock_interruptible(&service->write_lock))
		return -ERESTARTSYS;
	if (copy_from_user(service->write_buffer, from, length)) {
		step = -EFAULT;
	} else {
		while (used < length) {
			step = umbra_write_frame(service, service->write_buffer + used,
						 length - used);
			if (step <= 0)
				break;
			used += step;
		}
	}
	mutex_unlock(&service->write_lock);
	if (used)
		return used;
	return step < 0 ? step : -EINVAL;
}

static __poll_t umbra_poll(struct file *file, poll_table *wait)
{
	struct umbra_service *service = file->private_data;

	poll_wait(file, &umbra_readers, wait);
	return EPOLLOUT | EPOLLWRNORM |
	       (service->attached && atomic_read(&umbra_work) ? EPOLLIN | EPOLLRDNORM : 0);
}

static const struct file_operations umbra_operations = {
	.owner = THIS_MODULE,
	.open = umbra_open,
	.release = umbra_release,
	.read = umbra_read,
	.write = umbra_write,
	.poll = umbra_poll,
	.llseek = noop_llseek,
};

static bool umbra_published;
static struct miscdevice umbra_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = UMBRA_DEVICE_NAME,
	.fops = &umbra_operations,
	.mode = 0600,
};

int umbra_device_init(void)
{
	int error = umbra_control_init();

	if (error)
		return error;
	hrtimer_init(&umbra_posted_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	umbra_posted_timer.function = umbra_posted_expired;
	return 0;
}

/* Last, when nothing can fail any more: an open file would outlive the failure. */
int umbra_device_publish(void)
{
	int error = misc_register(&umbra_misc);

	umbra_published = !error;
	return error;
}

/* The module's use count has seen to it that no file is open. */
void umbra_device_exit(void)
{
	if (umbra_published)
		misc_deregister(&umbra_misc);
	hrtimer_cancel(&umbra_posted_timer);
	umbra_control_exit();
}
