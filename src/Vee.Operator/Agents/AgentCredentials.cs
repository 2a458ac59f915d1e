namespace Vee.Operator.Agents;

/// <summary>Files for mutual TLS with agents, in PEM. They are read again for each new connection.</summary>
/// <param name="AuthorityFile">Certificates of the authority that agents must descend from.</param>
/// <param name="CertificateFile">The certificate that is shown to agents.</param>
/// <param name="KeyFile">Its private key.</param>
public sealed record AgentCredentials(string AuthorityFile, string CertificateFile, string KeyFile);
