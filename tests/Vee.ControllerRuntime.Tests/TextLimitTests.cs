using Xunit;

namespace Vee.ControllerRuntime.Tests;

public sealed class TextLimitTests
{
    [Theory]
    [InlineData("", 3, "")]
    [InlineData("abc", 3, "abc")]
    [InlineData("abcd", 3, "abc")]
    [InlineData("a😀cd", 2, "a")]
    [InlineData("a😀cd", 3, "a😀")]
    [InlineData("😀", 1, "")]
    public void Text_is_cut_between_characters(string text, int charactersMax, string cut) =>
        Assert.Equal(cut, TextLimit.Cut(text, charactersMax));

    [Theory]
    [InlineData("abcd", 4, "abcd")]
    [InlineData("abcd", 3, "abc")]
    [InlineData("aé", 2, "a")]
    [InlineData("a😀", 4, "a")]
    [InlineData("a😀b", 5, "a😀")]
    public void Bytes_are_cut_between_characters(string text, int bytesMax, string cut) =>
        Assert.Equal(cut, TextLimit.CutBytes(text, bytesMax));
}
