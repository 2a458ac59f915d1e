using System.Text.Json.Nodes;
using Vee.ControlPlane.Tables;
using Xunit;

namespace Vee.ControlPlane.Tests.Tables;

public sealed class TableTests
{
    [Theory]
    [InlineData(-5, "<invalid>")]
    [InlineData(-1, "0s")]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(260, "4m20s")]
    [InlineData(600, "10m")]
    [InlineData(3 * 3600 - 1, "179m")]
    [InlineData(3 * 3600, "3h")]
    [InlineData(3 * 3600 + 300, "3h5m")]
    [InlineData(8 * 3600, "8h")]
    [InlineData(48 * 3600, "2d")]
    [InlineData(50 * 3600, "2d2h")]
    [InlineData(8 * 86400, "8d")]
    [InlineData(326 * 86400, "326d")]
    [InlineData(2 * 365 * 86400, "2y")]
    [InlineData(3 * 365 * 86400 + 86400, "3y1d")]
    [InlineData(9 * 365 * 86400, "9y")]
    public void Ages_are_short(int seconds, string text) =>
        Assert.Equal(text, Age.Text(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(".spec.size", "3")]
    [InlineData(".spec.none", null)]
    [InlineData(".status.conditions[?(@.type==\"Ready\")].status", "True")]
    [InlineData(".status.conditions[?(@.type!='Ready')].status", "False")]
    [InlineData(".status.conditions[1].type", "Other")]
    [InlineData(".status.conditions[-1].type", "Other")]
    [InlineData(".status.conditions[*].type", "Ready")]
    [InlineData(".metadata.annotations['a.b/c']", "d")]
    [InlineData(".metadata.annotations.a\\.b/c", "d")]
    [InlineData("$.spec.flag", "true")]
    [InlineData(".spec.list", "[1,2]")]
    public void Printer_paths_find_what_they_name(string path, string? text)
    {
        var value = JsonNode.Parse("""
            {
              "metadata": { "annotations": { "a.b/c": "d" } },
              "spec": { "size": 3, "flag": true, "list": [1, 2] },
              "status": { "conditions": [
                { "type": "Ready", "status": "True" }, { "type": "Other", "status": "False" } ] }
            }
            """);
        Assert.Equal(text, PrinterPath.Parse(path)!.Find(value).Select(PrinterPath.Text).FirstOrDefault());
    }

    [Theory]
    [InlineData(".a[")]
    [InlineData(".a[x]")]
    [InlineData("..")]
    public void Paths_that_cannot_be_followed_are_none(string path) => Assert.Null(PrinterPath.Parse(path));

    [Fact]
    public void Nested_filters_do_not_nest_without_end() =>
        Assert.Null(PrinterPath.Parse(string.Concat(Enumerable.Repeat("[?(", 100_000))));
}
