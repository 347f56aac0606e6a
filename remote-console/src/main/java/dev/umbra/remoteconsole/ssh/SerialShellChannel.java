// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import java.util.Map;
import org.apache.sshd.common.channel.PtyMode;
import org.apache.sshd.common.channel.RequestHandler.Result;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.session.ServerSession;

/**
 * A session channel (RFC 4254, section 6) on which nothing but a shell can be had. A pseudo terminal and its size are accepted and
 * without effect: the terminal is at the client's side and the line discipline in the tenant. A break (RFC 4335) goes down the line.
 */
final class SerialShellChannel extends ChannelSession {
    @Override
    protected Result handleBreakParsed(long breakLength) {
        return commandInstance instanceof SerialShell shell && shell.sendBreak()
                ? Result.ReplySuccess
                : Result.ReplyFailure;
    }

    @Override
    protected Result handlePtyReqParsed(
            String term, int columns, int rows, int width, int height, Map<PtyMode, Integer> modes) {
        return Result.ReplySuccess;
    }

    @Override
    protected Result handleWindowChangeParsed(int columns, int rows, int width, int height) {
        return Result.ReplySuccess;
    }

    @Override
    protected Result handleSignalParsed(String name) {
        return Result.ReplySuccess;
    }

    @Override
    protected Result handleEnvParsed(String name, String value) {
        return Result.ReplyFailure;
    }

    @Override
    protected Result handleExecParsed(String request, String commandLine) {
        return Result.ReplyFailure;
    }

    @Override
    protected Result handleSubsystemParsed(String request, String subsystem) {
        return Result.ReplyFailure;
    }

    @Override
    protected Result handleAgentForwardingParsed(String request) {
        return Result.ReplyFailure;
    }

    @Override
    protected Result handleX11ForwardingParsed(
            String request, ServerSession session, boolean single, String protocol, String cookie, int screen) {
        return Result.ReplyFailure;
    }
}
