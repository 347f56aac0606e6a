// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.Testbed;
import dev.umbra.e2e.vnc.Picture;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** TigerVNC's stock viewer in an X server without a screen, whose picture is read and on whose keyboard is typed. */
final class TigerVnc implements Viewer {
    private static final Duration START = Duration.ofSeconds(30);
    private static final int WIDTH = 1400;
    private static final int HEIGHT = 900;
    private static final int KEY_MILLIS = 30;
    private static final int HEADER_WORDS = 25;
    private static final int COLOUR_BYTES = 12;
    private static final Pattern GEOMETRY =
            Pattern.compile("WINDOW=(\\d+)\\s+X=(-?\\d+)\\s+Y=(-?\\d+)\\s+WIDTH=(\\d+)\\s+HEIGHT=(\\d+)");
    private static final Map<Character, String> SYMBOLS = Map.ofEntries(
            Map.entry('\n', "Return"),
            Map.entry(' ', "space"),
            Map.entry('-', "minus"),
            Map.entry('_', "underscore"),
            Map.entry('\'', "apostrophe"),
            Map.entry('"', "quotedbl"),
            Map.entry('<', "less"),
            Map.entry('>', "greater"),
            Map.entry('$', "dollar"),
            Map.entry('(', "parenleft"),
            Map.entry(')', "parenright"),
            Map.entry(';', "semicolon"),
            Map.entry('*', "asterisk"),
            Map.entry('+', "plus"),
            Map.entry('/', "slash"),
            Map.entry('|', "bar"));

    private final Path folder;
    private final Process server;
    private final String display;
    private final Process viewer;

    TigerVnc(Testbed testbed, String vm) {
        try {
            folder = Files.createTempDirectory("umbra-vncviewer");
            server = new ProcessBuilder(
                            "Xvfb",
                            "-displayfd",
                            "1",
                            "-screen",
                            "0",
                            WIDTH + "x" + HEIGHT + "x24",
                            "-fbdir",
                            folder.toString(),
                            "-nolisten",
                            "tcp",
                            "-noreset")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            display = ":"
                    + new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.US_ASCII))
                            .readLine();
            ProcessBuilder builder = new ProcessBuilder(
                            "vncviewer",
                            "-SecurityTypes=X509Plain",
                            "-X509CA=" + testbed.authority(),
                            "-AutoSelect=0",
                            "-FullColor=1",
                            "-NoJPEG=1",
                            "-PreferredEncoding=Tight",
                            "-AlertOnFatalError=0",
                            "-Shared=1",
                            "127.0.0.1::" + testbed.vncPort())
                    .redirectErrorStream(true)
                    .redirectOutput(testbed.artefacts()
                            .resolve("vncviewer-" + vm + ".log")
                            .toFile());
            builder.environment().put("DISPLAY", display);
            builder.environment().put("HOME", folder.toString());
            builder.environment().put("VNC_USERNAME", vm);
            builder.environment().put("VNC_PASSWORD", testbed.password(testbed.owner(vm)));
            viewer = builder.start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        try {
            ApplianceApi.await(
                    "vncviewer shows its window", START, () -> geometry().find());
            // The pointer is drawn over what is read, so it goes where no window is.
            xdotool("windowfocus " + window().group(1) + "\nmousemove " + WIDTH + " " + HEIGHT + "\n");
        } catch (RuntimeException failure) {
            close();
            throw failure;
        }
    }

    private Matcher geometry() {
        if (!viewer.isAlive()) {
            throw new IllegalStateException("vncviewer ended with status " + viewer.exitValue());
        }
        return GEOMETRY.matcher(xdotool("search --onlyvisible --name TigerVNC getwindowgeometry --shell\n"));
    }

    private Matcher window() {
        Matcher window = geometry();
        if (!window.find()) {
            throw new IllegalStateException("vncviewer shows no window");
        }
        return window;
    }

    /** The words are read from standard input, so that what is typed is in no list of processes. */
    private String xdotool(String script) {
        try {
            ProcessBuilder builder = new ProcessBuilder("xdotool", "-").redirectErrorStream(true);
            builder.environment().put("DISPLAY", display);
            Process process = builder.start();
            try (Writer input = process.outputWriter(StandardCharsets.US_ASCII)) {
                input.write(script);
            }
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            process.waitFor();
            return output;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    @Override
    public void type(String text) {
        List<String> symbols = new ArrayList<>();
        text.chars()
                .forEach(character ->
                        symbols.add(SYMBOLS.getOrDefault((char) character, Character.toString(character))));
        xdotool("key --delay " + KEY_MILLIS + " " + String.join(" ", symbols) + "\n");
    }

    @Override
    public Picture picture() {
        Matcher window = window();
        int x = Integer.parseInt(window.group(2));
        int y = Integer.parseInt(window.group(3));
        int width = Integer.parseInt(window.group(4));
        int height = Integer.parseInt(window.group(5));
        return screen().part(x, y, width, height);
    }

    /** All that the X server shows, from the file it keeps it in (X Window Dump, version 7). */
    private Picture screen() {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(folder.resolve("Xvfb_screen0"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        int[] header = new int[HEADER_WORDS];
        ByteBuffer.wrap(bytes).asIntBuffer().get(header);
        int start = header[0] + header[19] * COLOUR_BYTES;
        Picture picture = new Picture(header[4], header[5]);
        for (int y = 0; y < picture.height(); y++) {
            for (int x = 0; x < picture.width(); x++) {
                int at = start + y * header[12] + x * Integer.BYTES;
                picture.set(x, y, bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16);
            }
        }
        return picture;
    }

    @Override
    public void close() {
        viewer.destroy();
        try {
            viewer.waitFor(START.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        server.destroy();
    }
}
