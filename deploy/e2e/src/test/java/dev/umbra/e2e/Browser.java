// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import dev.umbra.e2e.testbed.Testbed;
import dev.umbra.e2e.vnc.Picture;
import dev.umbra.e2e.vnc.UsKeyboard;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.openqa.selenium.By;
import org.openqa.selenium.ElementNotInteractableException;
import org.openqa.selenium.Keys;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.TimeoutException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.support.ui.WebDriverWait;

/** A person with Chromium: signs in on the page, opens a console, types on the keyboard, reads the screen. */
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Testbed testbed;
    private final String name;
    private final ChromeDriver driver;
    private final WebDriverWait wait;
    private int commands;

    Browser(Testbed testbed, String name) {
        this.testbed = testbed;
        this.name = name;
        try {
            ChromeOptions options = new ChromeOptions()
                    .setBinary("/usr/bin/chromium")
                    .addArguments(
                            "--headless",
                            "--no-sandbox",
                            "--disable-gpu",
                            "--disable-dev-shm-usage",
                            "--disable-quic",
                            "--no-first-run",
                            "--disable-background-networking",
                            "--disable-component-update",
                            "--disable-sync",
                            "--window-size=1100,760",
                            "--user-data-dir=" + Files.createTempDirectory("umbra-chromium"),
                            "--ignore-certificate-errors-spki-list=" + fingerprintOfServer());
            driver = new ChromeDriver(
                    new ChromeDriverService.Builder()
                            .usingDriverExecutable(
                                    Path.of("/usr/bin/chromedriver").toFile())
                            .withLogFile(testbed.artefacts()
                                    .resolve(name + "-driver.log")
                                    .toFile())
                            .build(),
                    options);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        wait = new WebDriverWait(driver, PATIENCE);
    }

    /** Chromium is told to accept this one key, and only where its user data lies in a folder of its own. */
    private String fingerprintOfServer() {
        X509TrustManager anything = new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {anything}, null);
            try (SSLSocket socket =
                    (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", testbed.httpsPort())) {
                socket.startHandshake();
                Certificate server = socket.getSession().getPeerCertificates()[0];
                byte[] key = server.getPublicKey().getEncoded();
                return Base64.getEncoder()
                        .encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
            }
        } catch (IOException | GeneralSecurityException failure) {
            throw new IllegalStateException("the appliance shows no certificate", failure);
        }
    }

    void signIn(String account) {
        driver.get("https://127.0.0.1:" + testbed.httpsPort() + "/login.html");
        fill("#account", account);
        fill("#password", testbed.password(account));
        driver.findElement(By.id("sign-in")).click();
        wait.until(page ->
                !driver.findElements(By.cssSelector("#view[aria-busy='false']")).isEmpty());
        screenshot("vms");
    }

    /** Clicks on what a selector finds, once it is there and can be clicked. */
    void click(String selector) {
        wait.until(page -> {
            try {
                driver.findElement(By.cssSelector(selector)).click();
                return true;
            } catch (NoSuchElementException | StaleElementReferenceException | ElementNotInteractableException early) {
                return false;
            }
        });
    }

    /** Types into a field; {@code \n} is the Enter key. */
    void fill(String selector, String text) {
        driver.findElement(By.cssSelector(selector)).sendKeys(text.replace("\n", Keys.ENTER));
    }

    /** Goes to another view of the page, as a bookmark does. */
    void goTo(String fragment) {
        javaScript("location.hash = arguments[0]", fragment);
    }

    /** Waits until an expression of JavaScript is true, and returns its value. */
    Object await(String expression) {
        try {
            return wait.until(page -> {
                Object value = javaScript("return " + expression);
                return Boolean.FALSE.equals(value) ? null : value;
            });
        } catch (TimeoutException late) {
            screenshot("late");
            throw new IllegalStateException("never true on the page: " + expression, late);
        }
    }

    private List<WebElement> consoleLinks() {
        return driver.findElements(By.cssSelector("a[data-action='console']"));
    }

    /** Names of the VMs whose consoles the page offers. */
    List<String> visibleVms() {
        return consoleLinks().stream()
                .map(link -> link.getDomAttribute("href").replaceFirst(".*[?&]vm=([^#]*).*", "$1"))
                .toList();
    }

    /** Follows the link of the page, which opens a window of its own. */
    void openConsole(String vm) {
        driver.findElement(By.cssSelector("a[data-action='console'][href*='?vm=" + vm + "#']"))
                .click();
        wait.until(page -> page.getWindowHandles().size() == 2);
        String first = driver.getWindowHandle();
        driver.getWindowHandles().stream()
                .filter(window -> !window.equals(first))
                .forEach(window -> driver.switchTo().window(window));
        wait.until(page -> "connected".equals(javaScript("return window.umbra?.state()")));
        if (!"writer".equals(javaScript("return window.umbra.role()"))) {
            driver.findElement(By.id("take-over")).click();
            wait.until(page -> "writer".equals(javaScript("return window.umbra.role()")));
        }
    }

    /** The value that JavaScript returns: null, a boolean, a number, a text, a list or a map. */
    Object javaScript(String code, Object... arguments) {
        return driver.executeScript(code, arguments);
    }

    String screenText() {
        return String.valueOf(javaScript("return window.umbra.terminalText()"));
    }

    private void press(CharSequence... keys) {
        driver.findElement(By.cssSelector(".xterm-helper-textarea")).sendKeys(keys);
    }

    private Matcher awaitScreen(Pattern expression) {
        try {
            return wait.until(page -> {
                Matcher matcher = expression.matcher(screenText());
                return matcher.find() ? matcher : null;
            });
        } catch (RuntimeException late) {
            screenshot("late");
            throw new IllegalStateException(
                    "'" + expression + "' does not appear on the screen:\n" + screenText(), late);
        }
    }

    void login(String vm, String user, String password) {
        press(Keys.ENTER);
        awaitScreen(Pattern.compile(Pattern.quote(vm) + " login:\\s*$"));
        press(user, Keys.ENTER);
        awaitScreen(Pattern.compile("Password:\\s*$"));
        press(password, Keys.ENTER);
        awaitScreen(Pattern.compile("[$#]\\s*$"));
    }

    /** Runs a command that prints one line, and returns the line. */
    String run(String command) {
        String mark = name + "-" + ++commands;
        press("echo '<'" + mark + "'>' \"$(" + command + ")\"", Keys.ENTER);
        Matcher line = awaitScreen(Pattern.compile("(?m)^<" + mark + "> (.*?)\\s*$"));
        awaitScreen(Pattern.compile("[$#]\\s*$"));
        return line.group(1);
    }

    void logout(String vm) {
        press("exit", Keys.ENTER);
        awaitScreen(Pattern.compile(Pattern.quote(vm) + " login:\\s*$"));
    }

    /** Opens the screen of a VM and takes its keyboard. */
    void openScreen(String vm) {
        driver.get("https://127.0.0.1:" + testbed.httpsPort() + "/console/vm.html?vm=" + vm + "#screen");
        wait.until(page -> "connected".equals(javaScript("return window.umbra?.screen.state()")));
        if (!"writer".equals(javaScript("return window.umbra.screen.role()"))) {
            driver.findElement(By.id("screen-take-over")).click();
            wait.until(page -> "writer".equals(javaScript("return window.umbra.screen.role()")));
        }
    }

    /** The screen of the VM, pixel by pixel, whatever size it is shown in. */
    Picture screenPicture() {
        String address = String.valueOf(javaScript("return window.umbra.screen.picture()"));
        byte[] png = Base64.getDecoder().decode(address.substring(address.indexOf(',') + 1));
        try {
            return Picture.of(ImageIO.read(new ByteArrayInputStream(png)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Types on what has the keyboard, with Shift where a keyboard needs it: of itself the driver makes capitals without. */
    void type(String text) {
        Actions actions = new Actions(driver);
        for (char character : text.toCharArray()) {
            if (character == '\n') {
                actions.sendKeys(Keys.ENTER);
            } else if (UsKeyboard.isShifted(character)) {
                actions.keyDown(Keys.SHIFT)
                        .sendKeys(String.valueOf(UsKeyboard.withoutShift(character)))
                        .keyUp(Keys.SHIFT);
            } else {
                actions.sendKeys(String.valueOf(character));
            }
        }
        actions.perform();
    }

    void screenshot(String of) {
        try {
            Files.write(
                    testbed.artefacts().resolve(name + "-" + of + ".png"), driver.getScreenshotAs(OutputType.BYTES));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        driver.quit();
    }
}
