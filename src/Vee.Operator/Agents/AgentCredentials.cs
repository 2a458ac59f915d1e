namespace Vee.Operator.Agents;

/// <summary>Files for mutual TLS with agents, in PEM. They are read again for each new connection.</summary>
/// <param name="AuthorityFile">Certificates of the authority that agents must descend from.</param>
/// <param name="CertificateFile">The certificate that is shown to agents.</param>
/// <param name="KeyFile">Its private key.</param>
public sealed record AgentCredentials(string AuthorityFile, string CertificateFile, string KeyFile)
{
    /// <summary>What the files hold now.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public AgentCredentialsText Read() =>
        new(File.ReadAllText(AuthorityFile), File.ReadAllText(CertificateFile), File.ReadAllText(KeyFile));
}

/// <summary>The same as text, for those who have it from elsewhere and keep no secrets in files.</summary>
/// <param name="Authority">Certificates of the authority that agents must descend from, in PEM.</param>
/// <param name="Certificate">The certificate that is shown to agents, in PEM.</param>
/// <param name="Key">Its private key, in PEM.</param>
public sealed record AgentCredentialsText(string Authority, string Certificate, string Key)
{
    /// <summary>Says that there is one: a key is for no log.</summary>
    public override string ToString() => $"{nameof(AgentCredentialsText)} ({Certificate.Length} characters of PEM)";
}
