// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.testbed;

import dev.umbra.e2e.testbed.ApplianceApi.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** What the appliance sees in a VM, as the VM's owner asks for it, or in a cloud VM, as the administrator does. */
public final class Introspection {
    /** How far a scan looks at a VM while it runs. */
    public enum Mode {
        LIVE,
        PAUSED
    }

    private static final String ADMINISTRATOR = "administrator";
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Set<String> UNDER_WAY = Set.of("queued", "running");
    private static final int PAGE = 200;
    private static final int CONFLICT = 409;
    private static final int ACCEPTED = 202;

    private final ApplianceApi api;
    private final String owner;
    private final String path;

    private Introspection(ApplianceApi api, String owner, String vm) {
        this.api = api;
        this.owner = owner;
        this.path = vm + "/introspection";
    }

    public Introspection(ApplianceApi api, Testbed testbed, String vm) {
        this(api, testbed.owner(vm), "/vms/" + vm);
    }

    /** Of the only cloud VM of the only host. */
    public static Introspection ofCloudVm(ApplianceApi api) {
        String cloudVms = "/hosts/" + api.host().path("name").asString() + "/cloud-vms";
        int cloudVm =
                api.get(ADMINISTRATOR, cloudVms).body().path(0).path("cloudVm").asInt();
        return new Introspection(api, ADMINISTRATOR, cloudVms + "/" + cloudVm);
    }

    /** Of the API, below which all of it is. */
    public String path() {
        return path;
    }

    /** Has everything looked at, and waits until that is done; returns what became of it. */
    public JsonNode scan(Mode mode) {
        String request = "{\"mode\":\"" + mode.name().toLowerCase(Locale.ROOT) + "\"}";
        Answer[] answer = new Answer[1];
        // One on schedule may be under way, with another that waits.
        ApplianceApi.await("a scan is accepted", PATIENCE, () -> {
            answer[0] = api.post(owner, path + "/scans", request);
            return answer[0].status() != CONFLICT;
        });
        if (answer[0].status() != ACCEPTED) {
            throw new IllegalStateException("no scan: " + answer[0]);
        }
        String scan = path + "/scans/" + answer[0].body().path("id").asString();
        JsonNode[] last = new JsonNode[1];
        ApplianceApi.await("the scan has ended", PATIENCE, () -> {
            last[0] = api.get(owner, scan).body();
            return !UNDER_WAY.contains(last[0].path("state").asString(""));
        });
        return last[0];
    }

    /** All facts of a kind in the newest moment. */
    public List<JsonNode> facts(String section) {
        List<JsonNode> facts = new ArrayList<>();
        JsonNode page;
        int offset = 0;
        do {
            page = api.get(owner, path + "/" + section + "?limit=" + PAGE + "&offset=" + offset)
                    .body();
            page.path("facts").forEach(facts::add);
            offset = page.path("next").asInt(-1);
        } while (offset > 0);
        return facts;
    }

    /** How many gaps there are in what the newest moment says of a kind. */
    public int gaps(String section) {
        return api.get(owner, path + "/" + section + "?limit=1")
                .body()
                .path("gaps")
                .size();
    }

    /** Findings that are not over, such as {@code PROCESS_HIDDEN process 211}. */
    public List<String> openFindings() {
        List<String> findings = new ArrayList<>();
        for (JsonNode finding :
                api.get(owner, path + "/findings?open=true").body().path("findings")) {
            String kind =
                    finding.path("kind").asString().toUpperCase(Locale.ROOT).replace('-', '_');
            findings.add(kind + " " + finding.path("subject").asString(""));
        }
        return findings;
    }
}
