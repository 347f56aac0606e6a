// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.truth;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A socket, as {@code /proc/net} shows it.
 *
 * @param kind the name of the file there
 * @param type of {@code socket(2)}, 0 where the file does not tell
 * @param state number of the TCP state; of a UNIX socket 1 if it is connected, 10 if it listens, otherwise 7
 * @param local such as {@code 0.0.0.0:22} or {@code [::1]:8080}, the name of a UNIX socket, the port of netlink
 * @param inode 0 if no file belongs to it
 * @param namespace inode number of its network namespace
 */
public record TrueSocket(
        String kind,
        int type,
        int protocol,
        int state,
        String local,
        String remote,
        long inode,
        int uid,
        long namespace) {
    /** A number that the file does not tell. */
    public static final int UNTOLD = -1;

    private static final long ACCEPTS = 0x10000;
    public static final int ESTABLISHED = 1;
    public static final int CLOSE = 7;
    public static final int LISTEN = 10;

    /** Kinds with addresses of the Internet Protocol. */
    public static final List<String> INTERNET = List.of("tcp", "tcp6", "udp", "udp6", "raw", "raw6");

    /** Those of all network namespaces. */
    public static List<TrueSocket> all(Truth truth) {
        List<TrueSocket> sockets = new ArrayList<>();
        for (int pid : truth.pidsWith("net/unix")) {
            String folder = "proc/" + pid + "/net/";
            long namespace = truth.namespace(pid, "net");
            for (String kind : INTERNET) {
                truth.rows(folder + kind).forEach(row -> sockets.add(internet(kind, row.strip(), namespace)));
            }
            truth.rows(folder + "unix").forEach(row -> sockets.add(local(row, namespace)));
            truth.rows(folder + "netlink").forEach(row -> sockets.add(netlink(row, namespace)));
            truth.rows(folder + "packet").forEach(row -> sockets.add(packet(row, namespace)));
        }
        return sockets;
    }

    private static TrueSocket internet(String kind, String row, long namespace) {
        String[] fields = row.split("\\s+");
        return new TrueSocket(
                kind,
                0,
                UNTOLD,
                Integer.parseInt(fields[3], 16),
                endpoint(fields[1]),
                endpoint(fields[2]),
                Long.parseLong(fields[9]),
                Integer.parseUnsignedInt(fields[7]),
                namespace);
    }

    private static TrueSocket local(String row, long namespace) {
        String[] fields = row.strip().split("\\s+", 8);
        boolean listens = (Long.parseLong(fields[3], 16) & ACCEPTS) != 0;
        // SS_CONNECTING and SS_CONNECTED of linux/net.h.
        boolean connected = fields[5].equals("02") || fields[5].equals("03");
        return new TrueSocket(
                "unix",
                Integer.parseInt(fields[4], 16),
                UNTOLD,
                listens ? LISTEN : connected ? ESTABLISHED : CLOSE,
                fields.length > 7 ? fields[7] : "",
                "",
                Long.parseLong(fields[6]),
                UNTOLD,
                namespace);
    }

    private static TrueSocket netlink(String row, long namespace) {
        String[] fields = row.strip().split("\\s+");
        return new TrueSocket(
                "netlink",
                0,
                Integer.parseInt(fields[1]),
                UNTOLD,
                fields[2],
                "",
                Long.parseLong(fields[9]),
                UNTOLD,
                namespace);
    }

    private static TrueSocket packet(String row, long namespace) {
        String[] fields = row.strip().split("\\s+");
        return new TrueSocket(
                "packet",
                Integer.parseInt(fields[2]),
                Integer.parseInt(fields[3], 16),
                UNTOLD,
                "",
                "",
                Long.parseLong(fields[8]),
                Integer.parseUnsignedInt(fields[7]),
                namespace);
    }

    /** From numbers in the order of the processor, four bytes at a time. */
    private static String endpoint(String text) {
        String[] parts = text.split(":");
        byte[] bytes = HexFormat.of().parseHex(parts[0]);
        for (int word = 0; word < bytes.length; word += Integer.BYTES) {
            swap(bytes, word, word + 3);
            swap(bytes, word + 1, word + 2);
        }
        int port = Integer.parseInt(parts[1], 16);
        try {
            return bytes.length == Integer.BYTES
                    ? InetAddress.getByAddress(bytes).getHostAddress() + ":" + port
                    : "[" + sixteen(bytes) + "]:" + port;
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** An address of version 6 with all its groups, so that two ways to shorten it do not differ. */
    public static String expanded(String address) {
        try {
            byte[] bytes = InetAddress.getByName(address).getAddress();
            // Java takes a mapped address for one of version 4.
            return bytes.length == Integer.BYTES ? "0:0:0:0:0:ffff:" + sixteen(bytes) : sixteen(bytes);
        } catch (UnknownHostException malformed) {
            throw new IllegalStateException(malformed);
        }
    }

    private static String sixteen(byte[] address) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < address.length; at += 2) {
            text.append(at == 0 ? "" : ":")
                    .append(Integer.toHexString((address[at] & 0xff) << 8 | address[at + 1] & 0xff));
        }
        return text.toString();
    }

    private static void swap(byte[] bytes, int first, int second) {
        byte kept = bytes[first];
        bytes[first] = bytes[second];
        bytes[second] = kept;
    }
}
