using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests;

/// <summary>Who may call, and what.</summary>
public sealed class CertificateTests
{
    [Fact]
    public async Task Caller_without_a_good_certificate_gets_no_connection()
    {
        await using var agent = await TestAgent.StartAsync();
        using var foreign = new Authority("test authority");
        var callers = new Dictionary<string, X509Certificate2?>(StringComparer.Ordinal)
        {
            ["none"] = null,
            ["of another authority of the same name"] = foreign.Client(),
            ["expired"] = agent.Authority.ExpiredClient(),
            ["without a use"] = agent.Authority.ClientWithoutUse(),
            ["of a server"] = agent.Authority.ClientForServersOnly(),
        };

        foreach (var (kind, certificate) in callers)
        {
            var failure = await Assert.ThrowsAsync<RpcException>(async () => await agent.Call(certificate)
                .DescribeAsync());
            Assert.True(
                failure.StatusCode is StatusCode.Unavailable or StatusCode.Internal, $"{kind}: {failure.Status}");
        }
    }

    [Fact]
    public async Task Users_may_look_and_use_consoles_and_nothing_else()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Says("hello", ""));
        await agent.Operator.AwaitEndAsync();
        foreach (var certificate in new[]
        {
            agent.Authority.Client(Roles.User), agent.Authority.ClientByUri(Roles.User),
        })
        {
            var user = agent.Call(certificate);

            await user.DescribeAsync();
            Assert.Equal(MachinePhase.Ended, (await user.LookAsync("vm-1"))?.Phase);
            Assert.Equal("hello", await user.LogAsync());
            foreach (var call in new Func<Task>[]
            {
                () => user.CreateHostAsync("other"),
                () => user.DeleteHostAsync(HostUid),
                () => user.CreateAsync(RequestFor(Programs.Exits(0))),
                () => user.StartAsync(),
                () => user.PauseAsync(),
                () => user.ResumeAsync(),
                () => user.StopAsync(0),
                () => user.DeleteAsync(),
                async () => await user.FindImageAsync(
                    new FindImageRequest { Digest = DigestOf([1]) }, cancellationToken: TestAgent.Token),
            })
            {
                Assert.Equal(Refusal.RoleRequired, await RefusalOfAsync(StatusCode.PermissionDenied, call));
            }
        }

        Assert.NotNull(await agent.Operator.LookAsync("vm-1"));
    }

    [Fact]
    public async Task Certificate_without_a_role_may_do_nothing()
    {
        await using var agent = await TestAgent.StartAsync();
        var nobody = agent.Call(agent.Authority.Client("accounting"));

        Assert.Equal(Refusal.RoleRequired, await RefusalOfAsync(
            StatusCode.PermissionDenied, () => nobody.DescribeAsync()));
    }

    [Fact]
    public async Task Role_may_be_given_as_uri()
    {
        await using var agent = await TestAgent.StartAsync();

        await agent.Call(agent.Authority.ClientByUri(Roles.Operator)).CreateHostAsync();
    }

    [Fact]
    public async Task Replaced_certificates_count_for_the_next_connection()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync();
        using var next = new Authority("next authority");
        TestAgent.WriteCertificates(agent.Scratch, next, "renamed");
        using var channel = TestAgent.Open(agent.Server.Address, next.Client(), next);
        var calls = new Protocol.Agent.AgentClient(channel);

        // The files are looked at once a second at most.
        await Wait.ForAsync(() => AnswersAsync(calls), "the new authority is believed");

        using var late = TestAgent.Open(agent.Server.Address, agent.Authority.Client(), next);
        Assert.False(await AnswersAsync(new Protocol.Agent.AgentClient(late)));
        await agent.Operator.CreateHostAsync();
    }

    [Fact]
    public async Task Half_of_a_replacement_changes_nothing()
    {
        await using var agent = await TestAgent.StartAsync();
        File.WriteAllText(agent.Options.Certificates.KeyFile, "no key");
        await Task.Delay(1100, TestAgent.Token);

        await agent.Call(agent.Authority.Client()).CreateHostAsync();
    }

    private static async Task<bool> AnswersAsync(Protocol.Agent.AgentClient calls)
    {
        try
        {
            await calls.DescribeAsync();
            return true;
        }
        catch (RpcException failure) when (failure.StatusCode is StatusCode.Unavailable or StatusCode.Internal)
        {
            return false;
        }
    }
}
