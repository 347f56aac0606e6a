// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static dev.umbra.e2e.IntrospectedTenant.PORT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.terminal.TenantShell;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** What is inside a VM, on the page of the appliance in a browser, for each who may see it and for those who may not. */
@Order(14)
class IntrospectionPageIT {
    private static final String VM = "tenant-b";
    private static final String OWNER = TESTBED.owner(VM);
    private static final String STRANGER = TESTBED.owner("tenant-a");
    private static final Duration LONG = Duration.ofMinutes(3);
    /** An argument of a process which a page must not take for its own. */
    private static final String MARKUP = "<b id=injected>marked</b>";

    private static final String START =
            "mkfifo -m 600 /tmp/fifo; start-stop-daemon -S -b -m -p /tmp/marked -x /bin/sh -- -c 'read x </tmp/fifo' '"
                    + MARKUP + "'; start-stop-daemon -S -b -m -p /tmp/listener -x /bin/nc -- -l -p " + PORT
                    + "; sleep 1";
    private static final String STOP =
            "for f in /tmp/marked /tmp/listener; do [ ! -f $f ] || kill $(cat $f); rm -f $f; done; rm -f /tmp/fifo; "
                    + RootkitTrick.UNLOAD_IF_LOADED;

    /** Without a process of its own, and without the workers of the kernel, which come and go. */
    private static final String PIDS = "for p in /proc/[0-9]*; do read -r name <$p/comm; "
            + "case $name in kworker*) ;; *) echo ${p#/proc/} ;; esac; done";

    /** Whether something unfolded still is, and what it says, after it was drawn with another text. */
    private static final String UNFOLD_AND_DRAW = """
            return import('/draw.js').then(({ draw }) => {
              const place = document.createElement('div');
              const details = (text) => {
                const made = document.createElement('details');
                made.dataset.key = 'gaps';
                made.append(document.createElement('summary'));
                made.firstChild.textContent = text;
                return made;
              };
              draw(place, [details('first')]);
              place.firstChild.open = true;
              draw(place, [details('changed')]);
              return [place.firstChild.open, place.textContent];
            });
            """;

    private static List<String> lines(TenantShell root, String command) {
        return root.run(command).succeeded().lines().toList();
    }

    @AfterEach
    void nothingStays() {
        try (TenantShell root = Fixture.overSsh(VM, Fixture.ROOT)) {
            root.run(STOP, LONG);
        }
    }

    @Test
    @Order(1)
    void test_owner_scansAndReads_whatTheVmShowsItself() {
        try (TenantShell root = Fixture.overSsh(VM, Fixture.ROOT);
                Browser browser = new Browser(TESTBED, "inside")) {
            root.run(START).succeeded();
            String marked = root.run("cat /tmp/marked").succeeded();
            String listener = root.run("cat /tmp/listener").succeeded();
            List<String> pids = lines(root, PIDS);
            List<String> modules = lines(root, "cut -d' ' -f1 /proc/modules");
            browser.signIn(OWNER);
            InsidePage page = InsidePage.ofVm(browser, VM);

            List<String> said = page.scan("scan");

            assertThat(said).as("progress").anyMatch(text -> text.matches("queued|running|[a-z]+, [\\d,]+ facts"));
            assertThat(said).anyMatch(text -> text.matches("Scan (completed|partial)"));
            String before = page.newestMoment();
            List<List<String>> processes = page.rows();
            assertThat(processes.stream()
                            .filter(row -> !row.getLast().startsWith("[kworker/"))
                            .map(List::getFirst))
                    .containsExactlyInAnyOrderElementsOf(pids);
            assertThat(processes)
                    .anySatisfy(row ->
                            assertThat(row).startsWith(marked).last().asString().endsWith(MARKUP));
            assertThat(browser.javaScript("return document.getElementById('injected')"))
                    .as("made of an argument")
                    .isNull();
            browser.screenshot("processes");

            page.show("modules");
            assertThat(page.column(0)).isEqualTo(modules);

            page.show("sockets");
            assertThat(page.rows())
                    .anySatisfy(row ->
                            assertThat(row).contains("listen", listener).anyMatch(cell -> cell.endsWith(":" + PORT)));

            page.show("log");
            int lines = page.total();
            assertThat(lines).isGreaterThan(InsidePage.ROWS);
            page.turn("Next");
            assertThat(page.first()).isEqualTo(InsidePage.ROWS + 1);
            page.turn("Previous");
            assertThat(page.first()).isEqualTo(1);

            page.narrow("injected");
            page.show("processes");
            assertThat(page.column(0)).containsExactly(marked);
            page.show("search");
            assertThat(page.text()).contains("Processes").contains(MARKUP);
            browser.screenshot("search");

            page.narrow("");
            page.show("processes");
            root.run("kill " + marked + "; while [ -d /proc/" + marked + " ]; do sleep 0.1; done")
                    .succeeded();
            page.scan("scan-paused");
            assertThat(page.column(0)).doesNotContain(marked).contains(listener);

            page.show("history");
            page.choose("from", before);
            assertThat(page.text()).contains("Processes: 0 appeared, 1 gone");
            assertThat(page.rows())
                    .anySatisfy(row -> assertThat(row)
                            .startsWith("−", marked)
                            .last()
                            .asString()
                            .endsWith(MARKUP));
            browser.screenshot("history");

            page.show("processes");
            page.choose("moment", before);
            assertThat(page.column(0)).contains(marked, listener);
        }
    }

    /** The page is drawn anew every few seconds; whoever uses it must not notice. */
    @Test
    @Order(2)
    void test_page_drawnAnew_keepsWhatIsTypedAndUnfolded() {
        try (Browser browser = new Browser(TESTBED, "inside-typing")) {
            browser.signIn(OWNER);
            InsidePage page = InsidePage.ofVm(browser, VM);
            page.scan("scan");
            browser.fill("input[name=q]", "half a wo");
            page.awaitDrawnAnew();
            browser.fill("input[name=q]", "rd");
            page.awaitDrawnAnew();
            assertThat(browser.javaScript("return document.activeElement.value"))
                    .isEqualTo("half a word");

            page.scan("scan");
            assertThat(browser.javaScript("return document.querySelector('input[name=q]').value"))
                    .isEqualTo("half a word");

            assertThat(browser.javaScript(UNFOLD_AND_DRAW)).isEqualTo(List.of(true, "changed"));
        }
    }

    @Test
    @Order(3)
    void test_owner_seesWhatHides_untilItIsGone() {
        try (TenantShell root = Fixture.overSsh(VM, Fixture.ROOT);
                Browser browser = new Browser(TESTBED, "inside-findings")) {
            root.run(START).succeeded();
            String hidden = root.run("cat /tmp/marked").succeeded();
            browser.signIn(OWNER);
            InsidePage page = InsidePage.ofVm(browser, VM);
            page.show("findings");
            page.scan("scan");
            assertThat(page.open()).as("before").isEmpty();

            root.run("insmod /modules/test-rootkit.ko unlink_process=" + hidden).succeeded();
            page.scan("scan");
            browser.screenshot("found");
            assertThat(page.open())
                    .anySatisfy(row -> assertThat(row).startsWith("process hidden", "critical", "process " + hidden));
            browser.click("[data-key=back]");
            browser.await("document.querySelector('[data-vm=\"" + VM
                    + "\"] .banner.bad')?.innerText.includes('process hidden, process " + hidden + "') === true");
            browser.screenshot("card");

            root.run(RootkitTrick.UNLOAD, LONG).succeeded();
            page = InsidePage.ofVm(browser, VM);
            page.show("findings");
            page.scan("scan");
            assertThat(page.open()).as("after").isEmpty();
            assertThat(page.rows())
                    .anySatisfy(row -> assertThat(row).startsWith("process hidden", "critical", "process " + hidden));
        }
    }

    /** Of a tenant VM administrators see whether it can be looked into and what was found, of the system around it everything. */
    @Test
    @Order(4)
    void test_administrator_seesFindingsOfTenantsAndAllOfCloudVm() {
        try (Browser browser = new Browser(TESTBED, "inside-administrator")) {
            browser.signIn("administrator");
            InsidePage page = InsidePage.ofVm(browser, VM);
            assertThat(page.canScan()).isFalse();
            assertThat(page.hasTab("processes")).isFalse();
            assertThat(page.text()).contains("Linux ");

            page = InsidePage.ofFirstCloudVm(browser);
            page.scan("scan");
            assertThat(page.rows().stream().filter(row -> row.getLast().contains("qemu-system-x86_64")))
                    .hasSize(Fixture.vms().size());
            browser.screenshot("cloud-vm");
        }
    }

    @Test
    @Order(5)
    void test_operatorAndStranger_seeNothing() {
        String id = API.get(OWNER, "/vms/" + VM).body().path("id").asString();
        for (String account : List.of("operator", STRANGER)) {
            try (Browser browser = new Browser(TESTBED, "inside-" + account)) {
                browser.signIn(account);
                assertThat(browser.javaScript("return document.querySelectorAll('[data-action=inside]').length"))
                        .isEqualTo(account.equals("operator") ? 0L : 1L);
                browser.goTo("introspection/" + id);
                if (account.equals(STRANGER)) {
                    browser.await("document.querySelector('#toast.bad:not([hidden])') !== null");
                }
                assertThat(browser.javaScript("return document.querySelector('h2').textContent"))
                        .isEqualTo("Virtual machines");
            }
        }
    }
}
