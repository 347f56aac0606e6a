// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Events as one line of JSON each, in the manner of Suricata's EVE output, so that what reads the one reads the other: a time stamp,
 * the type of the event, and an object under that name. Lines are ASCII: what is not, is escaped, so that syslog needs no mark of
 * the encoding and a cut line is still text.
 */
final class EveJson {
    /** The type of all our events, and the name of the object that holds what is special to them. */
    static final String TYPE = "umbra";

    private static final int LONGEST_TEXT = 256;
    private static final int MOST_EVIDENCE = 16;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSSxx", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private EveJson() {}

    /** Without the end of the line. */
    static String line(SecurityEvent event) {
        ObjectNode line = JSON.createObjectNode();
        line.put("timestamp", time(event.at()));
        line.put("event_type", TYPE);
        event.vm()
                .ifPresent(vm -> line.putObject("vm")
                        .put("id", vm.id().toString())
                        .put("name", vm.name())
                        .put("tenant", vm.tenant()));
        ObjectNode own = line.putObject(TYPE);
        own.put("kind", event.kind());
        own.put("severity", text(event.severity()));
        own.put("action", text(event.action()));
        event.runningAs().ifPresent(name -> own.put("running_as", name));
        if (!event.subject().isEmpty()) {
            own.put("subject", cut(event.subject()));
        }
        List<String> evidence = event.evidence();
        var shown = own.putArray("evidence");
        evidence.stream().limit(MOST_EVIDENCE).map(EveJson::cut).forEach(shown::add);
        if (evidence.size() > MOST_EVIDENCE) {
            own.put("evidence_omitted", evidence.size() - MOST_EVIDENCE);
        }
        event.finding()
                .ifPresent(finding -> own.put("finding_id", finding.identity().id())
                        .put("first_seen", time(finding.firstSeen()))
                        .put("last_seen", time(finding.lastSeen()))
                        .put("count", finding.count()));
        return JSON.writeValueAsString(line);
    }

    private static String time(Instant at) {
        return TIME.format(at);
    }

    private static String text(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static String cut(String text) {
        return text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) : text;
    }
}
