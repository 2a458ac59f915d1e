using Xunit;

namespace Vee.Api.Tests;

public sealed class StatusTextTests
{
    [Theory]
    [InlineData(null, 3, null)]
    [InlineData("", 3, "")]
    [InlineData("abc", 3, "abc")]
    [InlineData("abcd", 3, "ab…")]
    [InlineData("abcd", 1, "…")]
    [InlineData("a😀cd", 3, "a…")]
    [InlineData("a😀cd", 4, "a😀…")]
    [InlineData("😀b", 1, "…")]
    [InlineData("😀b", 2, "…")]
    public void Text_is_cut_between_characters(string? text, int length, string? cut) =>
        Assert.Equal(cut, StatusText.Cut(text, length));
}
