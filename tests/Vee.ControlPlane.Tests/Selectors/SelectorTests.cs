using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Selectors;
using Xunit;

namespace Vee.ControlPlane.Tests.Selectors;

public sealed class SelectorTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("app=x", true)]
    [InlineData("app==x,tier=1", true)]
    [InlineData("app!=x", false)]
    [InlineData("none!=x", true)]
    [InlineData("app in (x,y),!none", true)]
    [InlineData("app notin (x)", false)]
    [InlineData("none notin (x)", true)]
    [InlineData("app", true)]
    [InlineData("!app", false)]
    [InlineData("tier>0", true)]
    [InlineData("tier<1", false)]
    [InlineData("app>0", false)]
    [InlineData("empty=", true)]
    [InlineData("empty in (,a)", true)]
    [InlineData("in=x", false)]
    [InlineData("  app = x  ", true)]
    public void Label_selectors_mean_what_kubernetes_means(string text, bool matches)
    {
        var value = JsonNode.Parse("""{"metadata":{"labels":{"app":"x","tier":"1","empty":""}}}""")!.AsObject();
        Assert.Equal(matches, LabelSelector.Parse(text).Matches(value));
    }

    [Theory]
    [InlineData("a===b", "unable to parse requirement: found '=', expected: identifier")]
    [InlineData("app in", "unable to parse requirement: found '' expected: '('")]
    [InlineData("app in (x", "unable to parse requirement: found '', expected: ',' or ')'")]
    [InlineData("app,", "found '', expected: identifier after ','")]
    [InlineData(",app", "found ',', expected: !, identifier, or 'end of string'")]
    [InlineData("app x", "unable to parse requirement: found 'x', expected: in, notin, =, ==, !=, gt, lt")]
    public void Bad_label_selectors_are_refused_in_its_words(string text, string message)
    {
        var refused = Assert.Throws<StatusException>(() => LabelSelector.Parse(text));
        Assert.Equal((400, message), (refused.Status.Code, refused.Status.Message));
    }

    [Theory]
    [InlineData("metadata.name=a", true)]
    [InlineData("metadata.name==a,x!=1", true)]
    [InlineData("metadata.name!=a", false)]
    [InlineData("x=", true)]
    [InlineData("x=a\\,b", false)]
    [InlineData("", true)]
    public void Field_selectors_compare_fields(string text, bool matches)
    {
        var selector = FieldSelector.Parse(text, static _ => null);
        Assert.Equal(matches, selector.Matches(field => field == "metadata.name" ? "a" : ""));
    }

    [Fact]
    public void A_field_that_cannot_be_selected_by_is_refused()
    {
        var refused = Assert.Throws<StatusException>(() => FieldSelector.Parse("spec.x=1", field => $"not {field}"));
        Assert.Equal("not spec.x", refused.Status.Message);
    }
}
