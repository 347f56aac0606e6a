// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import dev.umbra.introspection.Severity;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * An event as a syslog message of RFC 5424. The message part is the EVE line; as that is ASCII, no byte order mark stands before it
 * (section 6.4). There is no structured data, since everything is in the line.
 */
final class SyslogMessage {
    /** The application, in each message. */
    static final String APPLICATION = "umbra";

    private static final int SEVERITIES = 8;
    private static final int LONGEST_NAME = 32;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private SyslogMessage() {}

    /**
     * @param facility 0 to 23, as in table 1 of the RFC
     * @param hostName of this machine, or {@code -}
     */
    static String of(SecurityEvent event, String line, int facility, String hostName) {
        int priority = facility * SEVERITIES + severity(event.severity());
        String messageId =
                event.kind().length() > LONGEST_NAME ? event.kind().substring(0, LONGEST_NAME) : event.kind();
        return "<" + priority + ">1 " + TIME.format(event.at()) + " " + hostName + " " + APPLICATION + " "
                + ProcessHandle.current().pid() + " " + messageId + " - " + line;
    }

    /** Table 2 of the RFC. */
    private static int severity(Severity severity) {
        return switch (severity) {
            case NOTICE -> 5;
            case WARNING -> 4;
            case CRITICAL -> 2;
        };
    }
}
