using System.Buffers.Binary;

namespace Vee.Machines.State;

/// <summary>A small deterministic generator whose whole state is two words, so that it can be saved.</summary>
/// <remarks>
/// xoroshiro128+ (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018), seeded through
/// splitmix64. Reproducible by design and therefore no source of secrets.
/// </remarks>
public sealed class SeededRandom
{
    private ulong low;
    private ulong high;

    /// <summary>Equal seeds give equal numbers.</summary>
    public SeededRandom(ulong seed)
    {
        low = SplitMix(ref seed);
        high = SplitMix(ref seed);
    }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        var result = low + high;
        var mixed = high ^ low;
        low = ulong.RotateLeft(low, 24) ^ mixed ^ (mixed << 16);
        high = ulong.RotateLeft(mixed, 37);
        return result;
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1.</summary>
    public ulong Next(ulong bound) => Math.BigMul(Next(), bound, out _);

    /// <summary>Fills bytes.</summary>
    public void Fill(Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        while (!destination.IsEmpty)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, Next());
            var count = Math.Min(destination.Length, word.Length);
            word[..count].CopyTo(destination);
            destination = destination[count..];
        }
    }

    /// <summary>Writes where it is.</summary>
    public void Save(StateWriter state)
    {
        state.UInt64("low", low);
        state.UInt64("high", high);
    }

    /// <summary>Goes on where it was.</summary>
    public void Restore(StateReader state)
    {
        low = state.UInt64("low");
        high = state.UInt64("high");
    }

    private static ulong SplitMix(ref ulong seed)
    {
        var mixed = seed += 0x9e3779b97f4a7c15;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }
}
