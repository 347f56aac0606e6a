// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.ultracall.PortClaim;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A device to test with: port 0x3f8 counts and sums what is written and its reading returns the count and adds one to
 * the reads, port 0x3fd is its status, which has no side effect, port 0x3ff fails, port 0x3f9 sets line 4. Memory adds the
 * values stored and what is seen of port 0xcf8 to the sum, its reading counts like a port's. A call by registers returns
 * them in reverse. A store to {@link #MOVE} moves its window there.
 */
final class EchoDevices implements TenantDevices {
    static final int DATA = 0x3f8;
    static final int LINE = 0x3f9;
    static final int STATUS = 0x3fd;
    static final int FAULT = 0x3ff;
    static final int OBSERVED = 0xcf8;
    static final int CALL = 0x5658;
    static final long WINDOW = 0xa0000;
    static final long MOVE = WINDOW + 0x1f000;
    static final int STATE_SIZE = 40;

    private final DeviceHost host;
    long writes;
    long sum;
    long reads;
    int status = 0x60;
    boolean line;
    long window = WINDOW;
    int resets;

    EchoDevices(DeviceHost host) {
        this.host = host;
        host.claimPorts(OBSERVED, 8, PortClaim.OBSERVED);
        host.claimPorts(CALL, 1, PortClaim.REGISTER_CALL);
        host.claimMemory(WINDOW, 0x20000, true);
    }

    DeviceHost host() {
        return host;
    }

    @Override
    public void memoryWrite(long address, int size, long value) {
        if (address == MOVE) {
            host.claimMemory(window, 0x20000, false);
            window = value;
            host.claimMemory(window, 0x20000, true);
            return;
        }
        writes++;
        sum += value;
    }

    @Override
    public long memoryRead(long address, int size) {
        reads++;
        return address;
    }

    @Override
    public void portObserved(int port, int size, boolean write, int value) {
        sum += value;
    }

    @Override
    public void registerCall(int port, int[] registers) {
        reads++;
        for (int index = 0; index < 2; index++) {
            int other = registers[3 - index];
            registers[3 - index] = registers[index];
            registers[index] = other;
        }
    }

    @Override
    public void write(int port, int size, int value) {
        switch (port) {
            case DATA -> {
                writes++;
                sum += value;
            }
            case LINE -> {
                line = value != 0;
                host.interrupt(4, line);
            }
            case FAULT -> throw new IllegalStateException("a fault on purpose");
            default -> {}
        }
    }

    @Override
    public int read(int port, int size) {
        if (port == STATUS) {
            return status;
        }
        reads++;
        return (int) writes & 0xff;
    }

    /** Forgets what was written. */
    @Override
    public void reset() {
        resets++;
        writes = 0;
        sum = 0;
        line = false;
        host.interrupt(4, false);
    }

    @Override
    public int pureRead(int port) {
        return port == STATUS ? status : -1;
    }

    @Override
    public int stateSize() {
        return STATE_SIZE;
    }

    @Override
    public void save(MemorySegment state) {
        state.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, writes);
        state.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, sum);
        state.set(ValueLayout.JAVA_LONG_UNALIGNED, 16, reads);
        state.set(ValueLayout.JAVA_INT_UNALIGNED, 24, status);
        state.set(ValueLayout.JAVA_INT_UNALIGNED, 28, line ? 1 : 0);
        state.set(ValueLayout.JAVA_LONG_UNALIGNED, 32, window);
    }

    @Override
    public void restore(MemorySegment state) {
        writes = state.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        sum = state.get(ValueLayout.JAVA_LONG_UNALIGNED, 8);
        reads = state.get(ValueLayout.JAVA_LONG_UNALIGNED, 16);
        status = state.get(ValueLayout.JAVA_INT_UNALIGNED, 24);
        if (status < -1 || status > 0xff) {
            throw new IllegalArgumentException("no such status");
        }
        line = state.get(ValueLayout.JAVA_INT_UNALIGNED, 28) != 0;
        host.claimMemory(window, 0x20000, false);
        window = state.get(ValueLayout.JAVA_LONG_UNALIGNED, 32);
        host.claimMemory(window, 0x20000, true);
        host.interrupt(4, line);
    }

    @Override
    public void committed() {}

    @Override
    public int[] latchedPorts() {
        return new int[] {STATUS};
    }

    @Override
    public void close() {}

    /** Changes the status from outside, as arriving input would. */
    void input(int newStatus) {
        host.execute(() -> {
            status = newStatus;
            line = true;
            host.interrupt(4, true);
        });
    }

    /** Makes such devices and remembers the last of each VM. */
    static final class Factory implements TenantDevicesFactory {
        final Map<Long, EchoDevices> devices = new ConcurrentHashMap<>();

        @Override
        public long storageSize() {
            return 4096;
        }

        @Override
        public int stateSize() {
            return STATE_SIZE;
        }

        @Override
        public TenantDevices create(TenantVm vm, DeviceHost host, MemorySegment storage) {
            EchoDevices made = new EchoDevices(host);
            devices.put(vm.key().tenantVm(), made);
            return made;
        }
    }
}
