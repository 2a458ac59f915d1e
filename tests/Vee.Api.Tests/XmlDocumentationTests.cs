using System.Xml.Linq;
using Vee.Api.Schema;
using Xunit;

namespace Vee.Api.Tests;

public sealed class XmlDocumentationTests
{
    [Theory]
    [InlineData("Two\n     lines.", "Two lines.")]
    [InlineData("As <c>host:port</c>.", "As host:port.")]
    [InlineData("""Values of <see cref="P:Vee.Api.Spec.RunStrategy"/>.""", "Values of runStrategy.")]
    [InlineData("""Of a <see cref="T:Vee.Api.VirtualMachine"/>.""", "Of a VirtualMachine.")]
    [InlineData("""Or <see langword="null"/>.""", "Or null.")]
    public void Summary_becomes_plain_text(string xml, string text)
    {
        var member = $"""<member name="T:{typeof(Explained).FullName}"><summary> {xml} </summary></member>""";
        var documentation = XmlDocumentation.Parse(XDocument.Parse($"<doc><members>{member}</members></doc>"));
        Assert.Equal(text, documentation.SummaryOf(typeof(Explained)));
    }

    [Fact]
    public void A_type_without_a_summary_is_named()
    {
        var documentation = XmlDocumentation.Parse(XDocument.Parse("<doc><members/></doc>"));
        var error = Assert.Throws<InvalidOperationException>(() => documentation.SummaryOf(typeof(Explained)));
        Assert.Contains(nameof(Explained), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_assembly_without_its_file_is_told_so()
    {
        var error = Assert.Throws<FileNotFoundException>(() => XmlDocumentation.Of(typeof(object).Assembly));
        Assert.Contains("System.Private.CoreLib.xml", error.Message, StringComparison.Ordinal);
    }
}

internal sealed class Explained;
