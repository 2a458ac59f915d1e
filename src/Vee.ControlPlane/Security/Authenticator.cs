using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using Vee.ControlPlane.Faults;

namespace Vee.ControlPlane.Security;

/// <summary>Finds out who makes a request: by bearer token or by client certificate, or nobody known.</summary>
internal sealed class Authenticator
{
    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";
    private const int ImpersonatedGroupsMax = 1000;

    /// <summary>By the digest of the token, so that comparing tells nothing about the secret.</summary>
    private readonly Dictionary<string, UserIdentity> users = new(StringComparer.Ordinal);

    internal Authenticator(string adminToken, IEnumerable<ControlPlaneUser> others)
    {
        foreach (var user in others)
        {
            users[Digest(user.Token)] = UserIdentity.Known(user.Name, user.Name, user.Groups);
        }

        users[Digest(adminToken)] = UserIdentity.Known("admin", "admin", [UserIdentity.Masters]);
    }

    /// <summary>The user that a request acts for, and the user that asks.</summary>
    /// <exception cref="StatusException">401: a token that nobody has. 403: may not act for others.</exception>
    internal UserIdentity Identify(HttpContext context)
    {
        var user = Caller(context);
        var headers = context.Request.Headers;
        var name = (string?)headers["Impersonate-User"];
        var groups = headers["Impersonate-Group"];
        if (string.IsNullOrEmpty(name))
        {
            return groups.Count == 0 && headers["Impersonate-Uid"].Count == 0
                ? user
                : throw Fault.Internal("requested [{Group  }] without impersonating a user");
        }

        if (!user.IsMaster)
        {
            throw Fault.Forbidden(
                "", "users", name,
                $"User \"{user.Name}\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope");
        }

        return name == UserIdentity.Anonymous.Name
            ? UserIdentity.Anonymous
            : UserIdentity.Known(
                name, headers["Impersonate-Uid"].ToString(),
                [.. groups.OfType<string>().Take(ImpersonatedGroupsMax)]);
    }

    /// <summary>The user of a token; null when nobody has it.</summary>
    internal UserIdentity? OfToken(string token) => users.GetValueOrDefault(Digest(token));

    private UserIdentity Caller(HttpContext context)
    {
        const string Scheme = "Bearer ";
        var header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return OfToken(header[Scheme.Length..].Trim()) ?? throw Fault.Unauthorized();
        }

        // The handshake has refused certificates that our authority did not sign.
        return context.Connection.ClientCertificate is { } certificate
            ? OfCertificate(certificate)
            : UserIdentity.Anonymous;
    }

    private static UserIdentity OfCertificate(X509Certificate2 certificate)
    {
        var names = new List<string>();
        var groups = new List<string>();
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements)
            {
                continue;
            }

            var type = part.GetSingleElementType().Value;
            var list = type == CommonName ? names : type == Organization ? groups : null;
            list?.Add(part.GetSingleElementValue() ?? "");
        }

        return names.Count == 0 ? throw Fault.Unauthorized() : UserIdentity.Known(names[0], "", groups);
    }

    private static string Digest(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
