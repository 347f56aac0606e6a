// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.benchmark;

import dev.umbra.remoteconsole.graphical.GraphicalConsole;
import dev.umbra.remoteconsole.graphical.GraphicalConsoleConfig;
import dev.umbra.remoteconsole.graphical.GraphicalInput;
import dev.umbra.shadowdevices.display.Picture;
import dev.umbra.shadowdevices.display.Screen;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** The server under measurement as a process of its own. Told on standard input which picture to show; says its port first. */
final class EncodingServer implements Screen, GraphicalInput {
    private int[] pixels = new int[GeneratedDesktop.WIDTH * GeneratedDesktop.HEIGHT];
    private boolean changed = true;

    private EncodingServer() {}

    public static void main(String[] arguments) throws IOException {
        EncodingServer server = new EncodingServer();
        ServerSocket listener = new ServerSocket(0, 4, InetAddress.getLoopbackAddress());
        GraphicalConsole console = new GraphicalConsole(GraphicalConsoleConfig.defaults(), server, server);
        Thread.ofPlatform().daemon().start(() -> server.accept(listener, console));
        System.out.println(listener.getLocalPort());
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            String[] words = order.split(" ");
            server.show(GeneratedDesktop.valueOf(words[0]).frame(Integer.parseInt(words[1])));
            System.out.println("shown");
        }
    }

    private synchronized void show(int[] newPixels) {
        pixels = newPixels;
        changed = true;
    }

    @Override
    public synchronized void refresh(Picture picture) {
        if (picture.width() != GeneratedDesktop.WIDTH) {
            picture.resize(GeneratedDesktop.WIDTH, GeneratedDesktop.HEIGHT);
        }
        if (changed) {
            changed = false;
            MemorySegment.copy(pixels, 0, picture.pixels(), ValueLayout.JAVA_INT, 0, pixels.length);
            picture.damageAll();
        }
    }

    @Override
    public void key(int keyNumber, boolean pressed) {}

    @Override
    public void pointer(int x, int y, int width, int height, int buttonMask) {}

    @Override
    public int leds() {
        return 0;
    }

    private void accept(ServerSocket listener, GraphicalConsole console) {
        while (true) {
            try (Socket socket = listener.accept()) {
                LoopbackTransport.serve(socket, console);
            } catch (IOException gone) {
                System.err.println(gone.getMessage());
            }
        }
    }
}
