using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Vee.Protocol;

namespace Vee.Agent.Security;

/// <summary>Reads the roles that a certificate gives its holder.</summary>
internal static class CallerRole
{
    private const string OrganizationalUnit = "2.5.4.11";
    private const string SubjectAlternativeName = "2.5.29.17";

    // GeneralName ::= CHOICE { ... uniformResourceIdentifier [6] IA5String ... } (RFC 5280, section 4.2.1.6)
    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    /// <summary>Whether the certificate has a role.</summary>
    internal static bool Has(X509Certificate2 certificate, string role) =>
        UnitsOf(certificate).Contains(role, StringComparer.Ordinal)
        || UrisOf(certificate).Contains(Roles.UriPrefix + role, StringComparer.Ordinal);

    /// <summary>The common name; empty when there is none.</summary>
    internal static string NameOf(X509Certificate2 certificate) =>
        certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);

    private static IEnumerable<string> UnitsOf(X509Certificate2 certificate) =>
        certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(name => !name.HasMultipleElements && name.GetSingleElementType().Value == OrganizationalUnit)
            .Select(name => name.GetSingleElementValue() ?? "");

    private static List<string> UrisOf(X509Certificate2 certificate)
    {
        var uris = new List<string>();
        var extension = certificate.Extensions.FirstOrDefault(found => found.Oid?.Value == SubjectAlternativeName);
        if (extension is null)
        {
            return uris;
        }

        try
        {
            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                if (names.PeekTag() == UriTag)
                {
                    uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag));
                }
                else
                {
                    names.ReadEncodedValue();
                }
            }
        }
        catch (Exception error) when (error is AsnContentException or CryptographicException)
        {
            // Names that cannot be read give no role.
            uris.Clear();
        }

        return uris;
    }
}
