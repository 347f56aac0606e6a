// SPDX-License-Identifier: GPL-2.0
#include "umbra.h"

static int umbra_vmx_install(void)
{
	return -EOPNOTSUPP;
}

static void umbra_vmx_remove(void)
{
}

const struct umbra_backend umbra_vmx = {
	.vendor = UMBRA_VENDOR_VMX,
	.install = umbra_vmx_install,
	.remove = umbra_vmx_remove,
};
